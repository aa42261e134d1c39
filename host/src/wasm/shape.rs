//! Whether a component's functions have the shape the contract gives them, told by name: the function, the type,
//! the case or the field.

use wit_parser::{Function, FunctionKind, InterfaceId, Resolve, Type, TypeDefKind};

/// The first function of interface `ours` that `theirs` lacks or has in another shape, and how. `partial`
/// forgives what is lacking: a guest need not import what it does not call.
pub(super) fn difference(
    ours: (&Resolve, InterfaceId),
    theirs: (&Resolve, InterfaceId),
    partial: bool,
) -> Option<(String, String)> {
    ours.0.interfaces[ours.1].functions.iter().find_map(|(name, function)| {
        let problem = match theirs.0.interfaces[theirs.1].functions.get(name) {
            None if partial => None,
            None => Some("is missing".to_owned()),
            Some(other) => Pair { ours: ours.0, theirs: theirs.0 }.function(function, other),
        };
        problem.map(|problem| (name.clone(), problem))
    })
}

/// The contract and what is compared with it.
struct Pair<'a> {
    ours: &'a Resolve,
    theirs: &'a Resolve,
}

impl Pair<'_> {
    fn function(&self, ours: &Function, theirs: &Function) -> Option<String> {
        if ours.kind != theirs.kind {
            return Some(match theirs.kind {
                FunctionKind::AsyncFreestanding => "is async; build it with --sync, or without async".to_owned(),
                _ => "is a function of another kind".to_owned(),
            });
        }
        if ours.params.len() != theirs.params.len() {
            return Some(format!("takes {} arguments, not {}", theirs.params.len(), ours.params.len()));
        }
        let params = ours.params.iter().zip(&theirs.params);
        let mut params = params.filter_map(|(a, b)| self.differ(&format!("its argument `{}`", a.name), &a.ty, &b.ty));
        params
            .next()
            .or_else(|| self.optional("what it returns", ours.result.as_ref(), theirs.result.as_ref()))
            .map(|what| format!("has another shape: {what}"))
    }

    fn optional(&self, what: &str, ours: Option<&Type>, theirs: Option<&Type>) -> Option<String> {
        match (ours, theirs) {
            (None, None) => None,
            (Some(ours), Some(theirs)) => self.differ(what, ours, theirs),
            (None, Some(_)) => Some(format!("{what} carries something, and nothing in the contract")),
            (Some(_), None) => Some(format!("{what} carries nothing, and something in the contract")),
        }
    }

    /// How the type of something that is called so differs, if it does.
    fn differ(&self, what: &str, ours: &Type, theirs: &Type) -> Option<String> {
        use TypeDefKind as Kind;
        let (ours, theirs) = (alias_of(self.ours, *ours), alias_of(self.theirs, *theirs));
        let other = || Some(format!("{what} is of another type"));
        let (Type::Id(our_id), Type::Id(their_id)) = (ours, theirs) else {
            return if ours == theirs { None } else { other() };
        };
        let name = self.ours.types[our_id].name.as_deref();
        match (&self.ours.types[our_id].kind, &self.theirs.types[their_id].kind) {
            (Kind::List(a), Kind::List(b)) | (Kind::Option(a), Kind::Option(b)) => self.differ(what, a, b),
            (Kind::Result(a), Kind::Result(b)) => self
                .optional(what, a.ok.as_ref(), b.ok.as_ref())
                .or_else(|| self.optional(what, a.err.as_ref(), b.err.as_ref())),
            (Kind::Tuple(a), Kind::Tuple(b)) if a.types.len() == b.types.len() => {
                a.types.iter().zip(&b.types).find_map(|(a, b)| self.differ(what, a, b))
            }
            (Kind::Record(a), Kind::Record(b)) => {
                let names = (a.fields.iter().map(|it| &*it.name), b.fields.iter().map(|it| &*it.name));
                members(name, "field", names).or_else(|| {
                    let of = |field: &str| format!("the field `{field}`{}", of(name));
                    a.fields.iter().zip(&b.fields).find_map(|(a, b)| self.differ(&of(&a.name), &a.ty, &b.ty))
                })
            }
            (Kind::Variant(a), Kind::Variant(b)) => {
                let names = (a.cases.iter().map(|it| &*it.name), b.cases.iter().map(|it| &*it.name));
                members(name, "case", names).or_else(|| {
                    let of = |case: &str| format!("the case `{case}`{}", of(name));
                    let cases = a.cases.iter().zip(&b.cases);
                    cases.into_iter().find_map(|(a, b)| self.optional(&of(&a.name), a.ty.as_ref(), b.ty.as_ref()))
                })
            }
            (Kind::Enum(a), Kind::Enum(b)) => {
                let names = (a.cases.iter().map(|it| &*it.name), b.cases.iter().map(|it| &*it.name));
                members(name, "case", names)
            }
            _ => other(),
        }
    }
}

fn of(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!(" of `{name}`"))
}

/// The first member of a type by which the names, or their order, differ.
fn members<'a>(
    name: Option<&str>,
    kind: &str,
    (ours, theirs): (impl Iterator<Item = &'a str>, impl Iterator<Item = &'a str>),
) -> Option<String> {
    let (ours, theirs): (Vec<&str>, Vec<&str>) = (ours.collect(), theirs.collect());
    let name = name.unwrap_or("a type");
    if let Some(missing) = ours.iter().find(|name| !theirs.contains(name)) {
        return Some(format!("its `{name}` has no {kind} `{missing}`"));
    }
    if let Some(own) = theirs.iter().find(|name| !ours.contains(name)) {
        return Some(format!("its `{name}` has a {kind} `{own}`, which the contract does not have"));
    }
    (ours != theirs).then(|| format!("its `{name}` has the {kind}s in another order"))
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
