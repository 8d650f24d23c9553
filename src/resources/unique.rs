//! Nothing is declared twice: ids, identifiers and natural keys.
//!
//! A person may stand in several organizations, since accounts belong to none; then each
//! place must say the same of him, or every run would change him back and forth.
use std::{collections::BTreeMap, fmt::Display};

use super::{
    declared::{Declared, Organization, Person, ServiceAccount},
    node::Faults,
};

pub(super) fn check(declared: &Declared, faults: &Faults) {
    let mut seen = Seen {
        places: BTreeMap::new(),
        faults,
    };
    let all = declared.organizations.iter().flat_map(|o| &o.clients);
    for client in all.chain(&declared.clients) {
        let path = format!("{}.client_id", client.path);
        seen.once(format!("client {}", client.id), path);
    }
    for (n, organization) in declared.organizations.iter().enumerate() {
        seen.organization(&format!("organizations[{n}]"), organization);
    }
    check_people(declared, faults);
}

struct Seen<'a> {
    places: BTreeMap<String, String>,
    faults: &'a Faults,
}

impl Seen<'_> {
    fn once(&mut self, key: String, path: String) {
        if let Some(first) = self.places.get(&key) {
            let problem = format!("stands already at {first}");
            self.faults.add(&path, problem);
        } else {
            self.places.insert(key, path);
        }
    }

    /// An id, if one is declared: unique among its kind over all files.
    fn id(&mut self, kind: &str, id: Option<impl Display>, path: &str) {
        if let Some(id) = id {
            self.once(format!("{kind} id {id}"), format!("{path}.id"));
        }
    }

    fn organization(&mut self, path: &str, organization: &Organization) {
        self.id("organization", organization.id, path);
        let key = format!("organization {}", organization.name);
        self.once(key, format!("{path}.name"));
        for (n, server) in organization.resource_servers.iter().flatten().enumerate() {
            let key = format!("{path} resource server {}", server.audience);
            self.once(key, format!("{path}.resource_servers[{n}].audience"));
        }
        for (n, solution) in organization.solutions.iter().enumerate() {
            let at = format!("{path}.solutions[{n}]");
            self.id("solution", solution.id, &at);
            let key = format!("{path} solution {}", solution.name);
            self.once(key, format!("{at}.name"));
            for (n, (id, name)) in solution.databases.iter().enumerate() {
                let place = format!("{at}.databases[{n}]");
                self.id("database", *id, &place);
                self.once(format!("{at} database {name}"), format!("{place}.name"));
            }
        }
        for account in &organization.service_accounts {
            self.service_account(path, account);
        }
        for person in &organization.people {
            self.person(path, person);
        }
    }

    fn service_account(&mut self, organization: &str, account: &ServiceAccount) {
        self.id("service account", account.id, &account.path);
        let key = format!("{organization} service account {}", account.name);
        self.once(key, format!("{}.name", account.path));
        for key in &account.keys {
            self.id("api key", key.id, &key.path);
            let name = format!("{} key {}", account.path, key.name);
            self.once(name, format!("{}.name", key.path));
        }
    }

    fn person(&mut self, organization: &str, person: &Person) {
        let path = &person.path;
        self.id(&format!("{organization} person"), person.id, path);
        for (field, identifier) in [("email", &person.email), ("phone", &person.phone)] {
            if let Some(identifier) = identifier {
                let key = format!("{organization} {identifier}");
                self.once(key, format!("{path}.{field}"));
            }
        }
        if let Some(patient) = &person.patient_id {
            let key = format!("{organization} patient {patient}");
            self.once(key, format!("{path}.patient_id"));
        }
        for guardian in &person.guardians {
            self.id("guardianship", guardian.id, &guardian.path);
        }
    }
}

/// One person in two organizations is the same in both.
fn check_people(declared: &Declared, faults: &Faults) {
    let mut elsewhere = BTreeMap::<String, &Person>::new();
    for organization in &declared.organizations {
        let mut here = Vec::new();
        for person in &organization.people {
            let id = person.id.map(|id| id.to_string());
            let email = person.email.as_ref().map(ToString::to_string);
            let phone = person.phone.as_ref().map(ToString::to_string);
            let names: Vec<_> = [id, email, phone].into_iter().flatten().collect();
            let found = names.iter().find_map(|name| elsewhere.get(name).copied());
            let field = found.and_then(|same| difference(same, person));
            if let (Some(same), Some(field)) = (found, field) {
                let problem = format!("differs from the same person's at {}", same.path);
                faults.add(&format!("{}.{field}", person.path), problem);
            }
            here.extend(names.into_iter().map(|name| (name, person)));
        }
        for (name, person) in here {
            elsewhere.entry(name).or_insert(person);
        }
    }
}

/// The first field in which two places contradict each other.
fn difference(a: &Person, b: &Person) -> Option<&'static str> {
    fn differ<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
        a.is_some() && b.is_some() && a != b
    }
    let passwords = a.password.as_ref().zip(b.password.as_ref());
    let fields = [
        ("id", differ(a.id.as_ref(), b.id.as_ref())),
        ("email", differ(a.email.as_ref(), b.email.as_ref())),
        ("phone", differ(a.phone.as_ref(), b.phone.as_ref())),
        ("given_name", a.given_name != b.given_name),
        ("family_name", a.family_name != b.family_name),
        (
            "birth_date",
            differ(a.birth_date.as_ref(), b.birth_date.as_ref()),
        ),
        ("password", passwords.is_some_and(|(a, b)| !a.is_same(b))),
    ];
    fields.into_iter().find(|(_, is)| *is).map(|(name, _)| name)
}
