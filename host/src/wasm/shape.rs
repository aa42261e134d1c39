//! Whether a component's functions have the shape the contract gives them, told by name.

use wit_parser::{Function, InterfaceId, Resolve, Type, TypeDefKind};

/// The first function of interface `ours` that `theirs` lacks or has in another shape. `partial`
/// forgives what is lacking: a guest need not import what it does not call.
pub(super) fn difference(
    ours: (&Resolve, InterfaceId),
    theirs: (&Resolve, InterfaceId),
    partial: bool,
) -> Option<Difference> {
    ours.0.interfaces[ours.1].functions.iter().find_map(|(name, function)| {
        match theirs.0.interfaces[theirs.1].functions.get(name) {
            None if partial => None,
            None => Some(Difference::Lacks(name.clone())),
            Some(other) => {
                let same = Pair { ours: ours.0, theirs: theirs.0 }.function(function, other);
                (!same).then(|| Difference::Differs(name.clone()))
            }
        }
    })
}

/// How a function is not what it should be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// It is not there.
    Lacks(String),
    /// It takes or returns something else.
    Differs(String),
}

struct Pair<'a> {
    ours: &'a Resolve,
    theirs: &'a Resolve,
}

impl Pair<'_> {
    fn function(&self, ours: &Function, theirs: &Function) -> bool {
        let params = ours.params.len() == theirs.params.len()
            && ours.params.iter().zip(&theirs.params).all(|(a, b)| self.same(&a.ty, &b.ty));
        ours.kind == theirs.kind && params && self.optional(ours.result.as_ref(), theirs.result.as_ref())
    }

    fn optional(&self, ours: Option<&Type>, theirs: Option<&Type>) -> bool {
        match (ours, theirs) {
            (None, None) => true,
            (Some(ours), Some(theirs)) => self.same(ours, theirs),
            _ => false,
        }
    }

    fn same(&self, ours: &Type, theirs: &Type) -> bool {
        use TypeDefKind as Kind;
        let (ours, theirs) = (alias_of(self.ours, *ours), alias_of(self.theirs, *theirs));
        let (Type::Id(our_id), Type::Id(their_id)) = (ours, theirs) else { return ours == theirs };
        match (&self.ours.types[our_id].kind, &self.theirs.types[their_id].kind) {
            (Kind::List(a), Kind::List(b)) | (Kind::Option(a), Kind::Option(b)) => self.same(a, b),
            (Kind::Result(a), Kind::Result(b)) => {
                self.optional(a.ok.as_ref(), b.ok.as_ref()) && self.optional(a.err.as_ref(), b.err.as_ref())
            }
            (Kind::Tuple(a), Kind::Tuple(b)) => all(&a.types, &b.types, |a, b| self.same(a, b)),
            (Kind::Record(a), Kind::Record(b)) => {
                all(&a.fields, &b.fields, |a, b| a.name == b.name && self.same(&a.ty, &b.ty))
            }
            (Kind::Variant(a), Kind::Variant(b)) => {
                all(&a.cases, &b.cases, |a, b| a.name == b.name && self.optional(a.ty.as_ref(), b.ty.as_ref()))
            }
            (Kind::Enum(a), Kind::Enum(b)) => all(&a.cases, &b.cases, |a, b| a.name == b.name),
            _ => false,
        }
    }
}

fn all<T>(ours: &[T], theirs: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| same(a, b))
}

/// What a name stands for in the end.
fn alias_of(resolve: &Resolve, mut ty: Type) -> Type {
    while let Type::Id(id) = ty
        && let TypeDefKind::Type(next) = resolve.types[id].kind
    {
        ty = next;
    }
    ty
}
