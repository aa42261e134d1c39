//! "Did you mean".

/// The one of `known` that `text` was probably meant to be, if any is near enough.
pub fn did_you_mean<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Jaro-Winkler favours a common beginning, as typing errors do; 0.8 lets one or two letters differ.
    let near = |word: &str| strsim::jaro_winkler(text, word);
    known
        .into_iter()
        .map(|word| (near(word), word))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_words_are_suggested() {
        let known = ["behaviour", "supervisor", "restart"];
        assert_eq!(did_you_mean("behavior", known), Some("behaviour"));
        assert_eq!(did_you_mean("zzz", known), None);
        assert_eq!(did_you_mean("", known), None);
    }
}
