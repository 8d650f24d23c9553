//! Declared people and their relations.
use jiff::civil::Date;

use super::{
    declared::{AccountRef, Declared, Guardian, Organization, Person},
    node::{Faults, Node, Object},
    read::scopes,
    read_secret::password,
};
use crate::{
    access::{ConfigRole, Permission, Role, Roles},
    accounts::Identifier,
    guardianship::{AccessLevel, Basis, Relationship, Verification},
};

/// What a person lacks whom nobody could ever reach (I-01, I-02).
pub(super) const UNREACHABLE: &str = "needs an email, a phone, guardians or a patient_id";

pub(super) fn person(node: &Node<'_>) -> Option<Person> {
    let object = node.object()?;
    let identifier = |name, expected: &str, read: fn(&str) -> Option<Identifier>| {
        object.get(name).and_then(|node| node.parse(expected, read))
    };
    let guardians = object.list("guardians");
    let (roles, config) = (roles(&object), config(&object));
    let patient_id = object.text("patient_id");
    let is_consumer = object.flag("consumer");
    let has_other_part = roles.is_some() || config.is_some();
    let person = Person {
        path: node.path.clone(),
        id: object.id("id"),
        given_name: object.required("given_name"),
        family_name: object.required("family_name"),
        birth_date: object.get("birth_date").and_then(|node| {
            node.parse("a date such as 2018-09-14", |text| {
                text.parse::<Date>().ok()
            })
        }),
        email: identifier("email", "an e-mail address", Identifier::email),
        phone: identifier(
            "phone",
            "a phone number such as +32470123456",
            Identifier::phone,
        ),
        password: password(&object),
        is_consumer: is_consumer
            .unwrap_or(patient_id.is_some() || !guardians.is_empty() || !has_other_part),
        guardians: guardians.iter().filter_map(guardian).collect(),
        patient_id,
        roles,
        config,
    };
    object.finish();
    // Somebody with an id may be stored, or stand elsewhere in the file, with more.
    if person.id.is_none() && person.is_unreachable() {
        node.fault(UNREACHABLE);
    }
    Some(person)
}

fn roles(object: &Object<'_>) -> Option<Roles> {
    let node = object.get("roles")?;
    let names: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
    let roles: Vec<Role> = node
        .list()
        .iter()
        .filter_map(|node| {
            let text = node.text()?;
            let found = Role::ALL.into_iter().find(|role| role.name() == text);
            if found.is_none() {
                node.fault(format!(
                    "unknown role \"{text}\"; one of {}",
                    names.join(", ")
                ));
            }
            found
        })
        .collect();
    let roles = Roles::new(roles);
    if roles.is_none() && node.value.as_array().is_some_and(Vec::is_empty) {
        node.fault("expected at least one role");
    }
    roles
}

fn config(object: &Object<'_>) -> Option<(ConfigRole, Vec<Permission>)> {
    let object = object.get("config")?.object()?;
    let role = match object.get("role") {
        Some(node) => node.parse("\"owner\" or \"member\"", |text| match text {
            "owner" => Some(ConfigRole::Owner),
            "member" => Some(ConfigRole::Member),
            _ => None,
        }),
        None => {
            object.fault("role", "is missing; owner or member");
            None
        }
    };
    let permission = |node: &Node<'_>| {
        let text = node.text()?;
        match text.parse::<Permission>() {
            Ok(permission) if ConfigRole::GRANTABLE.contains(permission) => Some(permission),
            Ok(_) => {
                node.fault(format!("\"{text}\" cannot be granted to a member"));
                None
            }
            Err(_) => {
                node.fault(format!("unknown permission \"{text}\""));
                None
            }
        }
    };
    let permissions: Vec<_> = object
        .list("permissions")
        .iter()
        .filter_map(permission)
        .collect();
    if role == Some(ConfigRole::Owner) && !permissions.is_empty() {
        object.fault(
            "permissions",
            "an owner has all of them; leave permissions out",
        );
    }
    object.finish();
    Some((role?, permissions))
}

fn guardian(node: &Node<'_>) -> Option<Guardian> {
    let object = node.object()?;
    let account = match object.get("account") {
        Some(node) => node.parse("an account's id, e-mail address or phone number", |text| {
            let id = text.parse().ok().map(AccountRef::Id);
            id.or_else(|| Identifier::parse(text).map(AccountRef::Identifier))
        }),
        None => {
            object.fault("account", "is missing");
            None
        }
    };
    let guardian = Guardian {
        path: node.path.clone(),
        id: object.id("id"),
        relationship: word(
            &object,
            "relationship",
            Relationship::ALL,
            Relationship::name,
        )
        .unwrap_or(Relationship::Guardian),
        basis: word(&object, "basis", Basis::ALL, Basis::name).unwrap_or(Basis::Parental),
        access_level: word(&object, "access_level", AccessLevel::ALL, AccessLevel::name)
            .unwrap_or(AccessLevel::Full),
        scope_ceiling: object
            .map
            .contains_key("scope_ceiling")
            .then(|| scopes(&object, "scope_ceiling")),
        starts_at: object.moment("starts_at"),
        ends_at: object.moment("ends_at"),
        survives_majority: object.flag("survives_majority").unwrap_or(false),
        verification: word(
            &object,
            "verification",
            Verification::ALL,
            Verification::name,
        )
        .unwrap_or(Verification::StaffVerified),
        evidence_ref: object.text("evidence_ref"),
        account: account?,
    };
    if guardian.basis == Basis::Parental && guardian.survives_majority {
        object.fault("survives_majority", "a parental relation ends at majority"); // I-11
    }
    if guardian.basis == Basis::PatientConsent && guardian.ends_at.is_none() {
        object.fault("ends_at", "is missing; a proxy needs an end"); // I-12
    }
    object.finish();
    Some(guardian)
}

/// A word of a fixed set.
fn word<T: Copy>(
    object: &Object<'_>,
    field: &'static str,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Option<T> {
    let node = object.get(field)?;
    let text = node.text()?;
    let found = all.iter().copied().find(|word| name(*word) == text);
    if found.is_none() {
        let names: Vec<_> = all.iter().map(|word| name(*word)).collect();
        node.fault(format!(
            "unknown word \"{text}\"; one of {}",
            names.join(", ")
        ));
    }
    found
}

impl Organization {
    /// The declared person that `account` names.
    pub(super) fn person(&self, account: &AccountRef) -> Option<&Person> {
        self.people.iter().find(|person| match account {
            AccountRef::Id(id) => person.id == Some(*id),
            AccountRef::Identifier(identifier) => [&person.email, &person.phone]
                .into_iter()
                .flatten()
                .any(|own| own == identifier),
        })
    }
}

/// What relations must obey as far as the file alone tells (I-10 to I-13). What hangs on
/// the time or on what is stored is checked when the declaration is applied.
pub(super) fn check_relations(declared: &Declared, faults: &Faults) {
    for organization in &declared.organizations {
        for person in &organization.people {
            let mut seen = Vec::new();
            for guardian in &person.guardians {
                let at = format!("{}.account", guardian.path);
                let named = organization.person(&guardian.account);
                if named.is_some_and(|named| std::ptr::eq(named, person)) {
                    faults.add(&at, "nobody is his own guardian"); // I-10
                }
                let is_new = person.id.is_none();
                if is_new && guardian.basis == Basis::Parental && person.birth_date.is_none() {
                    let path = format!("{}.birth_date", person.path);
                    faults.add(&path, "is missing; a parental relation needs it"); // I-11
                }
                if seen.contains(&&guardian.account) {
                    faults.add(&at, "is named twice"); // I-13
                }
                seen.push(&guardian.account);
            }
        }
    }
}
