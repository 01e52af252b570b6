//! A module knows only the layers below it: no file names a module of its own layer beside it, or of one above.

use std::fs;
use std::path::Path;

/// From below. What a layer holds does not know of each other either.
const CORE: [&[&str]; 5] = [&["resp"], &["connection"], &["client"], &["cache"], &["wasm"]];
const SERIALIZER: [&[&str]; 4] = [
    &["error"],
    &["budget", "calendar", "fallible", "integer", "wtf8"],
    &["pickle"],
    &["dumps", "loads", "program", "tape", "value"],
];
/// What the root of the serializer passes on from its modules.
const PASSED_ON: [(&str, &str); 4] =
    [("DumpError", "error"), ("LoadError", "error"), ("LoadErrorKind", "error"), ("Value", "value")];
/// `Value` is what the two are about.
const ALLOWED: [(&str, &str); 2] = [("dumps", "value"), ("loads", "value")];

fn layer_of(layers: &[&[&str]], module: &str) -> Option<usize> {
    layers.iter().position(|layer| layer.contains(&module))
}

/// The names behind each `crate::`, by which a module names another; and behind `super::` in the root of a module, which is the same.
fn names(text: &str, is_root: bool) -> Vec<&str> {
    let rests_of = |path: &'static str| text.match_indices(path).map(|(at, path)| &text[at + path.len()..]);
    let supers = rests_of("super::").filter(|_| is_root);
    rests_of("crate::")
        .chain(supers)
        .flat_map(|rest| match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or_default().split(',').map(first_name).collect(),
            None => vec![first_name(rest)],
        })
        .collect()
}

fn first_name(path: &str) -> &str {
    let path = path.trim_start();
    path.split(|character: char| !character.is_alphanumeric() && character != '_').next().unwrap_or_default()
}

fn check(layers: &[&[&str]], module: &str, path: &Path) -> usize {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path());
        return entries.map(|entry| check(layers, module, &entry)).sum();
    }
    let own = layer_of(layers, module).unwrap_or_else(|| panic!("{module} has a layer"));
    let text = fs::read_to_string(path).expect("a text");
    let mut found = 0;
    let is_root = path.file_stem().is_some_and(|stem| stem == "mod" || stem == module)
        && path.components().rev().take(3).any(|part| part.as_os_str() == "src");
    for name in names(&text, is_root) {
        let target = PASSED_ON.iter().find(|(passed_on, _)| *passed_on == name).map_or(name, |(_, target)| *target);
        let Some(layer) = layer_of(layers, target) else { continue };
        let is_known = target == module || layer < own || ALLOWED.contains(&(module, target));
        assert!(is_known, "{} names {target}, which is not below {module}", path.display());
        found += 1;
    }
    found
}

fn check_crate(layers: &[&[&str]], folder: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let (mut modules, mut found) = (0, 0);
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let module = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        if module != "lib" {
            found += check(layers, &module, &path);
            modules += 1;
        }
    }
    assert_eq!(modules, layers.iter().map(|layer| layer.len()).sum::<usize>(), "every layer is there");
    assert!(found > 20, "{found} names");
}

#[test]
fn the_cores_modules_know_only_what_is_below_them() {
    check_crate(&CORE, "src");
}

#[test]
fn the_serializers_modules_know_only_what_is_below_them() {
    check_crate(&SERIALIZER, "crates/serializer/src");
}
