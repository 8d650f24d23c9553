//! The rules of the layout, held by reading the source.
mod promises;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// What each module imports, from the ground up: each row names only rows above it. The
/// table is exact: an import that is not here fails, and so does an entry that nobody uses.
const IMPORTS: &[(&str, &str)] = &[
    // foundations
    ("clock", ""),
    ("random", ""),
    ("id", ""),
    ("folding", ""),
    ("secret", "random"),
    ("config", "secret"),
    ("outgoing", ""),
    ("spreadsheet", ""),
    ("store", "clock id random secret"),
    ("keys", "clock random secret store"),
    ("mail", "config keys outgoing secret store"),
    // capabilities
    ("audit", "clock id store"),
    ("access", ""),
    ("organizations", "access audit clock id store"),
    ("grants", "access clock id secret store"),
    (
        "accounts",
        "audit clock folding grants id mail random secret store",
    ),
    (
        "clients",
        "access accounts audit clock grants id keys outgoing random secret store",
    ),
    (
        "guardianship",
        "access accounts audit clients clock grants id mail organizations secret store",
    ),
    (
        "providers",
        "access accounts audit clock folding grants id store",
    ),
    (
        "config_users",
        "access accounts audit clock grants id store",
    ),
    (
        "service_accounts",
        "access accounts audit clock config_users id keys mail organizations secret store",
    ),
    (
        "closing",
        "access accounts audit clients config_users grants guardianship id mail organizations providers store",
    ),
    (
        "hcps",
        "accounts audit clock folding grants id organizations providers secret store",
    ),
    (
        "invitations",
        "access accounts audit clock config_users hcps id mail organizations providers secret store",
    ),
    (
        "delegations",
        "access audit clock id organizations providers service_accounts store",
    ),
    (
        "imports",
        "access accounts audit clock hcps id invitations mail organizations spreadsheet store",
    ),
    (
        "capacity",
        "access accounts clients clock config_users delegations grants guardianship hcps id organizations providers secret service_accounts store",
    ),
    (
        "tokens",
        "access accounts capacity clients clock grants hcps id keys organizations random secret service_accounts store",
    ),
    (
        "resources",
        "access accounts audit clients clock config_users grants guardianship id organizations providers random secret service_accounts store",
    ),
    // faces
    (
        "web",
        "access accounts audit capacity clients clock config grants guardianship id keys mail organizations outgoing random secret service_accounts spreadsheet store tokens",
    ),
    (
        "oauth",
        "access accounts audit capacity clients clock grants hcps id keys organizations secret service_accounts store tokens web",
    ),
    ("oidc", "access accounts clients keys tokens web"),
    (
        "pages",
        "access accounts audit capacity clients clock closing delegations guardianship id invitations organizations providers secret service_accounts store web",
    ),
    ("playground", "clock config random secret web"),
    (
        "admin",
        "access accounts audit capacity clock config_users delegations guardianship hcps id imports invitations organizations providers secret service_accounts spreadsheet store web",
    ),
    (
        "api",
        "access accounts audit capacity clients clock config_users delegations guardianship hcps id imports invitations organizations providers secret service_accounts spreadsheet store tokens web",
    ),
    // the program
    (
        "server",
        "accounts admin api audit capacity clients clock config grants guardianship imports invitations keys mail oauth oidc organizations outgoing pages playground random secret service_accounts spreadsheet store tokens web",
    ),
    (
        "commands",
        "access accounts api audit clock config grants hcps id imports keys mail organizations random resources secret server service_accounts spreadsheet store web",
    ),
];

/// Only these speak HTTP or draw pages.
const FACES: &[&str] = &[
    "web",
    "oauth",
    "oidc",
    "pages",
    "playground",
    "api",
    "admin",
    "server",
];

/// Files that are longer than they should be, each with the reason.
const LONG: &[(&str, &str)] = &[];

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn sources() -> Vec<(String, PathBuf, String)> {
    let module = |path: &Path| {
        let first = path.strip_prefix("src").unwrap().iter().next().unwrap();
        first.to_str().unwrap().trim_end_matches(".rs").to_owned()
    };
    files(Path::new("src"), "rs")
        .into_iter()
        .map(|path| {
            (
                module(&path),
                path.clone(),
                fs::read_to_string(&path).unwrap(),
            )
        })
        .filter(|(module, ..)| !["lib", "main"].contains(&module.as_str()))
        .collect()
}

/// The modules named right after `crate::`, alone or in braces.
fn imports(source: &str) -> BTreeSet<String> {
    let word = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let mut found = BTreeSet::new();
    for (at, path) in source.match_indices("crate::") {
        let rest = &source[at + path.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            found.insert(word(rest));
            continue;
        };
        let (mut depth, mut at_start) = (1, true);
        for (at, c) in group.char_indices() {
            if at_start && depth == 1 && (c.is_alphabetic() || c == '_') {
                found.insert(word(&group[at..]));
                at_start = false;
            }
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' => at_start = true,
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    found.retain(|name| {
        Path::new("src").join(name).is_dir()
            || Path::new("src").join(format!("{name}.rs")).is_file()
    });
    found
}

#[test]
fn modules_import_only_what_the_table_says() {
    let mut used = BTreeMap::<String, BTreeSet<String>>::new();
    for (module, _, source) in sources() {
        let mut all = imports(&source);
        all.remove(&module);
        used.entry(module).or_default().extend(all);
    }
    let table: BTreeMap<String, BTreeSet<String>> = IMPORTS
        .iter()
        .map(|(module, may)| {
            (
                (*module).to_owned(),
                may.split_whitespace().map(str::to_owned).collect(),
            )
        })
        .collect();
    for (n, (module, may)) in IMPORTS.iter().enumerate() {
        for import in may.split_whitespace() {
            let below = &IMPORTS[..n];
            assert!(
                below.iter().any(|(m, _)| *m == import),
                "{import} is not below {module}"
            );
        }
    }
    for (module, imports) in &used {
        let may = table
            .get(module)
            .unwrap_or_else(|| panic!("{module} is in no ring: {imports:?}"));
        assert_eq!(imports, may, "{module}");
    }
    assert_eq!(
        table.len(),
        used.len(),
        "a module of the table does not exist"
    );
}

#[test]
fn only_faces_speak_http() {
    for (module, path, source) in sources() {
        let speaks = [
            "axum::",
            "askama::",
            "tower::",
            "tower_http::",
            "use axum",
            "use askama",
        ];
        let speaks = speaks.iter().any(|name| source.contains(name));
        let writes_letters = module == "mail" && !source.contains("axum");
        assert!(
            !speaks || FACES.contains(&module.as_str()) || writes_letters,
            "{}",
            path.display()
        );
    }
}

#[test]
fn each_table_is_written_by_one_module() {
    let mut writers = BTreeMap::<String, BTreeSet<String>>::new();
    // `commands` prints a statement for an operator to run, and runs none.
    for (module, _, source) in sources().into_iter().filter(|(m, ..)| m != "commands") {
        for verb in ["INSERT INTO ", "UPDATE ", "DELETE FROM "] {
            for (at, _) in source.match_indices(verb) {
                let rest = &source[at + verb.len()..];
                let table: String = rest
                    .chars()
                    .take_while(|c| c.is_lowercase() || *c == '_')
                    .collect();
                if table.len() > 3 && rest[table.len()..].starts_with([' ', '\n']) {
                    writers.entry(table).or_default().insert(module.clone());
                }
            }
        }
    }
    for (table, modules) in writers {
        assert_eq!(modules.len(), 1, "{table} is written by {modules:?}");
    }
}

/// A key-encryption key is changed for all records or for none.
#[test]
fn whoever_seals_records_seals_them_anew_for_keys_rewrap() {
    let modules_with = |word: &str| -> BTreeSet<String> {
        let all = sources().into_iter();
        let with = all.filter(|(module, _, source)| module != "keys" && source.contains(word));
        with.map(|(module, ..)| module).collect()
    };
    let (seal, reseal) = (modules_with(".seal(&["), modules_with(".reseal(&"));
    assert_eq!(
        seal, reseal,
        "each needs a function that calls Rewrap::reseal, called in commands::keys::reseal"
    );
}

#[test]
fn each_template_stands_where_its_handler_does() {
    for template in files(Path::new("templates"), "html") {
        let name = template.strip_prefix("templates").unwrap();
        if name.starts_with("parts") || name.starts_with("mail") || name == Path::new("layout.html")
        {
            continue;
        }
        let handler = Path::new("src").join(name).with_extension("rs");
        let shown = format!("path = \"{}\"", name.to_str().unwrap());
        let is_shown = fs::read_to_string(&handler).is_ok_and(|source| source.contains(&shown));
        assert!(
            is_shown,
            "{} does not show {}",
            handler.display(),
            name.display()
        );
    }
}

#[test]
fn files_are_short_enough_to_be_read() {
    for (_, path, source) in sources() {
        let lines = source.lines().count();
        let excused = LONG.iter().any(|(long, _)| Path::new(long) == path);
        assert!(
            lines <= 400 || excused,
            "{} has {lines} lines",
            path.display()
        );
    }
}
