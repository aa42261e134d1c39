//! What is refused before anything starts.

use std::time::Duration;

use super::words::{name, tree};
use crate::base::limits::{CHILDREN_MAX, RESTARTS_MAX, SUPERVISOR_DEPTH_MAX};
use crate::base::{AutoShutdown, ChildKind, Intensity, Restart, Shutdown, Strategy, TreeSpec};
use crate::supervisor::{Status, Tree, TreeError};

const GOOD: &str = "root one_for_one 1/5s all: a~! (mid rest_for_one 1/5s: b c) d";

fn refused(change: impl FnOnce(&mut TreeSpec)) -> TreeError {
    let mut spec = tree(GOOD);
    change(&mut spec);
    Tree::new(spec).expect_err("refused")
}

#[test]
fn a_tree_knows_its_names_orders_and_shapes() {
    let tree = Tree::new(tree(GOOD)).expect("a tree");
    let names = |ids: Vec<_>| ids.into_iter().map(|id| tree.name(id).to_string()).collect::<Vec<_>>();
    let mid = tree.id("mid").expect("mid");
    assert_eq!(names(tree.children(tree.root()).collect()), ["a", "mid", "d"]);
    assert_eq!(names(tree.children(mid).collect()), ["b", "c"]);
    assert_eq!(names(tree.workers().collect()), ["a", "b", "c", "d"]);
    assert_eq!(tree.id("root"), Some(tree.root()));
    assert_eq!(tree.id("nobody"), None);
    assert_eq!((tree.parent(mid), tree.parent(tree.root())), (Some(tree.root()), None));
    assert_eq!(tree.strategy(mid), Some(Strategy::RestForOne));
    assert!(tree.is_supervisor(mid) && tree.status(mid) == Status::Stopped);
}

#[test]
fn a_supervisor_may_have_another_name_as_a_child() {
    let mut spec = tree(GOOD);
    spec.children[1].name = name("middle");
    let tree = Tree::new(spec).expect("a tree");
    assert_eq!(tree.id("middle"), tree.id("mid"));
}

#[test]
fn sup_06_the_root_must_be_first_and_nobodys_child() {
    assert_eq!(refused(|spec| spec.supervisors.clear()), TreeError::NoRoot);
    assert_eq!(refused(|spec| spec.supervisors.swap(0, 1)), TreeError::NoRoot);
    let root = refused(|spec| spec.children[0].kind = ChildKind::Supervisor(name("root")));
    assert_eq!(root, TreeError::RootAsChild(name("a")));
}

#[test]
fn sup_06_names_are_unique_across_workers_and_supervisors() {
    for (at, taken) in [(0, "b"), (0, "root"), (0, "mid"), (3, "mid"), (1, "root"), (1, "a")] {
        let error = refused(|spec| spec.children[at].name = name(taken));
        assert_eq!(error, TreeError::DuplicateName(name(taken)), "{at} {taken}");
    }
    let twice = refused(|spec| spec.supervisors.push(spec.supervisors[1].clone()));
    assert_eq!(twice, TreeError::DuplicateName(name("mid")));
}

#[test]
fn sup_06_every_supervisor_is_one_child_below_the_root() {
    let unknown = refused(|spec| spec.children[0].under = name("x"));
    assert_eq!(unknown, TreeError::UnknownSupervisor { child: name("a"), under: name("x") });
    let undeclared = refused(|spec| spec.children[0].kind = ChildKind::Supervisor(name("x")));
    let expected = TreeError::UndeclaredSupervisor { child: name("a"), supervisor: name("x") };
    assert_eq!(undeclared, expected);
    let twice = refused(|spec| spec.children[0].kind = ChildKind::Supervisor(name("mid")));
    let (supervisor, first, second) = (name("mid"), name("a"), name("mid"));
    assert_eq!(twice, TreeError::TwoParents { supervisor, first, second });
    let none = refused(|spec| drop(spec.children.remove(1)));
    assert_eq!(none, TreeError::NoParent(name("mid")));
    let cycle = refused(|spec| spec.children[1].under = name("mid"));
    assert_eq!(cycle, TreeError::Cycle(name("mid")));
}

#[test]
fn sup_06_flags_that_otp_refuses_are_refused() {
    let period = refused(|spec| spec.supervisors[1].1.intensity.period = Duration::ZERO);
    assert_eq!(period, TreeError::ZeroPeriod(name("mid")));
    let restarts = refused(|spec| spec.supervisors[1].1.intensity.restarts = RESTARTS_MAX + 1);
    assert_eq!(restarts, TreeError::TooManyRestarts(name("mid")));
    let permanent = refused(|spec| spec.children[0].restart = Default::default());
    assert_eq!(permanent, TreeError::SignificantPermanent(name("a")));
    let never = refused(|spec| spec.supervisors[0].1.auto_shutdown = Default::default());
    let expected = TreeError::SignificantUnderNever { child: name("a"), supervisor: name("root") };
    assert_eq!(never, expected);
}

#[test]
fn sup_38_auto_shutdown_under_simple_one_for_one_is_refused() {
    for auto in ["any", "all"] {
        let spec = tree(&format!("root one_for_one 1/5s: (mid simple_one_for_one 1/5s {auto}: c~!)"));
        let refused = Tree::new(spec).expect_err("OTP refuses it");
        assert_eq!(refused, TreeError::SimpleAutoShutdown(name("mid")));
        assert!(refused.to_string().contains("supervisor mid is simple_one_for_one"), "{refused}");
    }
}

#[test]
fn sup_33_a_simple_one_for_one_supervisor_has_exactly_one_template() {
    for (children, count) in [("", 0), ("c d", 2)] {
        let spec = tree(&format!("root one_for_one 1/5s: (mid simple_one_for_one 1/5s: {children})"));
        assert_eq!(Tree::new(spec).err(), Some(TreeError::Templates(name("mid"), count)), "{children}");
    }
    let inner = tree("root one_for_one 1/5s: (mid simple_one_for_one 1/5s: (low one_for_one 1/5s:))");
    let expected = TreeError::TemplateSupervisor(name("low"));
    assert_eq!(Tree::new(inner).err(), Some(expected));
    let never = tree("root one_for_one 1/5s: (mid simple_one_for_one 1/5s: c~!)");
    let expected = TreeError::SignificantUnderNever { child: name("c"), supervisor: name("mid") };
    assert_eq!(Tree::new(never).err(), Some(expected));
}

#[test]
fn a_template_is_no_worker_and_yet_has_its_name() {
    let simple = "root one_for_one 1/5s: a (mid simple_one_for_one 1/5s: c)";
    let built = Tree::new(tree(simple)).expect("a tree");
    assert_eq!(built.id("c"), None);
    assert_eq!(built.workers().count(), 1);
    let mid = built.id("mid").expect("mid");
    assert_eq!(built.children(mid).count(), 0);
    assert_eq!(built.template(mid).map(|template| template.name.clone()), Some(name("c")));
    for taken in ["a", "mid", "root"] {
        let mut spec = tree(simple);
        spec.children[2].name = name(taken);
        assert_eq!(Tree::new(spec).err(), Some(TreeError::DuplicateName(name(taken))));
    }
}

#[test]
fn sup_05_what_is_left_out_is_as_in_otp() {
    assert_eq!(Strategy::default(), Strategy::OneForOne);
    assert_eq!(AutoShutdown::default(), AutoShutdown::Never);
    assert_eq!(Intensity::default(), Intensity { restarts: 1, period: Duration::from_secs(5) });
    assert_eq!(Restart::default(), Restart::Permanent);
    assert_eq!(Shutdown::default(), Shutdown::Timeout(Duration::from_secs(5)));
    let tree = Tree::new(tree(GOOD)).expect("a tree");
    let root = tree.spec(tree.root());
    assert_eq!((root.restart, root.shutdown, root.significant), (Restart::Permanent, Shutdown::Infinity, false));
}

#[test]
fn a_tree_has_bounds_in_size_and_depth() {
    let nested = |root: &str, depth: usize| {
        let open: String = (1..depth).map(|n| format!("(s{n} one_for_one 1/5s: ")).collect();
        Tree::new(tree(&format!("{root} one_for_one 1/5s: {open}{}", ")".repeat(depth - 1))))
    };
    // The host's own supervisor does not count.
    for (root, most) in [("root", SUPERVISOR_DEPTH_MAX), ("/", SUPERVISOR_DEPTH_MAX + 1)] {
        assert!(nested(root, most).is_ok());
        assert!(matches!(nested(root, most + 1), Err(TreeError::TooDeep(_))), "{root}");
    }
    let wide = |workers: usize| (0..workers).map(|n| format!("w{n} ")).collect::<String>();
    let wide_root = |workers: usize| Tree::new(tree(&format!("root one_for_one 1/5s: {}", wide(workers))));
    assert!(wide_root(CHILDREN_MAX - 1).is_ok());
    assert!(matches!(wide_root(CHILDREN_MAX), Err(TreeError::TooMany(count)) if count == CHILDREN_MAX + 1));
    // What the host adds takes no place of what is declared.
    let shop =
        |workers: usize| Tree::new(tree(&format!("/ one_for_one 1/5s: (shop one_for_one 1/5s: {})", wide(workers))));
    assert!(shop(CHILDREN_MAX - 1).is_ok() && shop(CHILDREN_MAX).is_err());
}

#[test]
fn every_refusal_says_where_and_what_to_do() {
    let error = refused(|spec| spec.children[0].under = name("x")).to_string();
    assert_eq!(error, "child a stands under x, which is no supervisor; add [supervisor.x]");
}
