//! Start order: as in the file, except where `after` says otherwise.

/// A stable topological order of `0..after.len()`, where `after[n]` lists what comes before `n`.
///
/// # Errors
/// There is a cycle; the error is the first index, in file order, that stands on one or behind one.
pub(in crate::release) fn order(after: &[Vec<usize>]) -> Result<Vec<usize>, usize> {
    let mut waits: Vec<usize> = after.iter().map(Vec::len).collect();
    let mut behind = vec![Vec::new(); after.len()];
    for (index, firsts) in after.iter().enumerate() {
        firsts.iter().for_each(|first| behind[*first].push(index));
    }
    let mut ready: std::collections::BTreeSet<usize> = (0..after.len()).filter(|index| waits[*index] == 0).collect();
    let mut ordered = Vec::with_capacity(after.len());
    while let Some(next) = ready.pop_first() {
        ordered.push(next);
        for index in &behind[next] {
            waits[*index] -= 1;
            if waits[*index] == 0 {
                ready.insert(*index);
            }
        }
    }
    waits.iter().position(|waits| *waits > 0).map_or(Ok(ordered), Err)
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn what_nothing_orders_stays_in_file_order() {
        assert_eq!(order(&[vec![], vec![], vec![]]), Ok(vec![0, 1, 2]));
        assert_eq!(order(&[vec![2], vec![], vec![]]), Ok(vec![1, 2, 0]));
        assert_eq!(order(&[vec![1, 1], vec![]]), Ok(vec![1, 0]));
    }

    #[test]
    fn a_cycle_is_found() {
        assert_eq!(order(&[vec![], vec![2], vec![1]]), Err(1));
        assert_eq!(order(&[vec![0]]), Err(0));
    }
}
