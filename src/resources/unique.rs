//! Nothing is declared twice: ids, identifiers and natural keys.
use std::collections::BTreeMap;

use super::{declared::Declared, node::Faults};

pub(super) fn check(declared: &Declared, faults: &Faults) {
    let mut seen = BTreeMap::new();
    let mut once = |key: String, path: String| {
        if let Some(first) = seen.get(&key) {
            faults.add(&path, format!("stands already at {first}"));
        } else {
            seen.insert(key, path);
        }
    };
    let all = declared.organizations.iter().flat_map(|o| &o.clients);
    for client in all.chain(&declared.clients) {
        once(
            format!("client {}", client.id),
            format!("{}.client_id", client.path),
        );
    }
    for (n, organization) in declared.organizations.iter().enumerate() {
        let path = format!("organizations[{n}]");
        once(
            format!("organization {}", organization.name),
            format!("{path}.name"),
        );
        for (s, solution) in organization.solutions.iter().enumerate() {
            let at = format!("{path}.solutions[{s}]");
            once(
                format!("{path} solution {}", solution.name),
                format!("{at}.name"),
            );
            for (d, (_, name)) in solution.databases.iter().enumerate() {
                once(
                    format!("{at} database {name}"),
                    format!("{at}.databases[{d}].name"),
                );
            }
        }
        for account in &organization.service_accounts {
            once(
                format!("{path} service account {}", account.name),
                format!("{}.name", account.path),
            );
            for key in &account.keys {
                once(
                    format!("{} key {}", account.path, key.name),
                    format!("{}.name", key.path),
                );
            }
        }
        for person in &organization.people {
            if let Some(id) = person.id {
                once(
                    format!("{path} account {id}"),
                    format!("{}.id", person.path),
                );
            }
            for (field, identifier) in [("email", &person.email), ("phone", &person.phone)] {
                if let Some(identifier) = identifier {
                    once(
                        format!("{path} {identifier}"),
                        format!("{}.{field}", person.path),
                    );
                }
            }
            if let Some(patient) = &person.patient_id {
                once(
                    format!("{path} patient {patient}"),
                    format!("{}.patient_id", person.path),
                );
            }
        }
    }
}
