//! Declared resources.
mod applied;
mod mistakes;

use tutela::resources;

fn faults(text: &str) -> Vec<String> {
    let read = resources::read(&[("x.toml".to_owned(), text.to_owned())]);
    read.err()
        .unwrap_or_default()
        .iter()
        .map(ToString::to_string)
        .collect()
}

const CLINIC: &str = include_str!("clinic.toml");

#[test]
fn the_example_is_sound() {
    assert_eq!(faults(CLINIC), Vec::<String>::new());
}

#[test]
fn every_mistake_is_told_with_its_path() {
    for (from, to, fault) in [
        (
            "[\"PROVIDER\"]",
            "[\"PROVIDER\", \"ADMIN\"]",
            "organizations[0].people[2].roles[1]: unknown role \"ADMIN\"; one of OWNER, MEMBER, ",
        ),
        (
            "2018-09-14",
            "14.9.2018",
            "organizations[0].people[1].birth_date: \"14.9.2018\" is not a date such as 2018-09-14",
        ),
        (
            "email = \"john@example.test\"",
            "email = \"john\"",
            "organizations[0].people[0].email: \"john\" is not an e-mail address",
        ),
        (
            "email = \"carl@example.test\"",
            "email = \"JOHN@example.test\"",
            "organizations[0].people[3].email: stands already at organizations[0].people[0].email",
        ),
        (
            "role = \"owner\"",
            "role = \"king\"",
            "organizations[0].people[3].config.role: \"king\" is not \"owner\" or \"member\"",
        ),
        (
            "client_id = \"family-app\"",
            "client_id = \"7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a01\"",
            "organizations[0].clients[0].client_id: must not look like a UUID",
        ),
        (
            "http://127.0.0.1:7001/callback",
            "http://app.example/callback",
            "organizations[0].clients[0].redirect_uris[0]: expected https, ",
        ),
        (
            "type = \"public\"",
            "type = \"private\"",
            "organizations[0].clients[0].type: unknown variant `private`",
        ),
        (
            "trusted = false",
            "trust = false",
            "organizations[0].clients[0].trust: unknown field `trust`",
        ),
        (
            "given_name = \"John\"",
            "given_name = \"\"",
            "organizations[0].people[0].given_name: expected 1 to 200 characters",
        ),
        (
            "age_of_majority = 18",
            "age_of_majority = 99",
            "organizations[0].settings.age_of_majority: 99 is not within ",
        ),
        (
            "time_zone = \"UTC\"",
            "time_zone = \"Mars\"",
            "organizations[0].settings.time_zone: ",
        ),
        (
            "system/Appointment.rs",
            "system/Appointment.sr",
            "organizations[0].service_accounts[0].scopes: ",
        ),
        (
            "relationship = \"FTH\"",
            "relationship = \"DAD\"",
            "organizations[0].people[1].guardians[0].relationship: unknown word \"DAD\"; one of PRN, ",
        ),
        (
            "[[organizations]]",
            "[[organisations]]",
            "organisations: unknown field; one of clients, organizations",
        ),
    ] {
        assert!(CLINIC.contains(from), "{from}");
        let faults = faults(&CLINIC.replacen(from, to, 1));
        assert!(
            faults.iter().any(|f| f.starts_with(fault)),
            "{fault}\n{faults:#?}"
        );
    }
}

/// With the place and the words in full.
#[test]
fn what_could_never_work_is_refused_where_it_stands() {
    const SHA: &str = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let password = "password = \"correct horse battery staple\"\npatient_id";
    let key = "secret = \"tsk_development_only_reminder_bot\"";
    let client = "client_secret = \"development-only-portal-secret-0123456789\"";
    let twice = |list: &str| CLINIC.replacen(list, &format!("{list}\n{list}"), 1);
    let second = CLINIC
        .replace("Example Clinic", "Other")
        .replace("client_id = \"", "client_id = \"other-");
    let both = format!("{CLINIC}\n{second}");
    let phc = "organizations[0].people[0].password_hash: expected an Argon2id PHC string";
    let hash = "expected sha256: and 64 hex digits, or an Argon2id PHC string";
    for (text, fault) in [
        (
            CLINIC.replacen(password, &format!("password_hash = \"{SHA}\"\npatient_id"), 1),
            phc.to_owned(),
        ),
        (
            CLINIC.replacen(password, "password_hash = \"$argon2id$none\"\npatient_id", 1),
            phc.to_owned(),
        ),
        (
            CLINIC.replacen(password, "password = \"\"\npatient_id", 1),
            "organizations[0].people[0].password: must not be empty".to_owned(),
        ),
        (
            CLINIC.replacen(key, "secret = \" \"", 1),
            "organizations[0].service_accounts[0].api_keys[0].secret: must not be empty".to_owned(),
        ),
        (
            CLINIC.replacen(key, "secret_hash = \"$argon2id$x\"", 1),
            format!("organizations[0].service_accounts[0].api_keys[0].secret_hash: {hash}"),
        ),
        (
            CLINIC.replacen(client, "client_secret = \"\"", 1),
            "organizations[0].clients[1].client_secret: must not be empty".to_owned(),
        ),
        (
            CLINIC.replacen(client, "client_secret_hash = \"sha256:0\"", 1),
            format!("organizations[0].clients[1].client_secret_hash: {hash}"),
        ),
        (
            twice("[[organizations.solutions]]\nname = \"Family app\""),
            "organizations[0].solutions[1].name: stands already at organizations[0].solutions[0].name".to_owned(),
        ),
        (
            both.clone(),
            "organizations[1].id: stands already at organizations[0].id".to_owned(),
        ),
        (
            both.clone(),
            "organizations[1].solutions[0].databases[0].id: stands already at \
             organizations[0].solutions[0].databases[0].id"
                .to_owned(),
        ),
        (
            both.clone(),
            "organizations[1].service_accounts[0].id: stands already at \
             organizations[0].service_accounts[0].id"
                .to_owned(),
        ),
        (
            both.replacen("given_name = \"John\"", "given_name = \"Jack\"", 1),
            "organizations[1].people[0].given_name: differs from the same person's at \
             organizations[0].people[0]"
                .to_owned(),
        ),
        (
            CLINIC.replacen(
                "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a02",
                "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a01",
                1,
            ),
            "organizations[0].people[1].id: stands already at organizations[0].people[0].id".to_owned(),
        ),
    ] {
        let faults = faults(&text);
        assert!(faults.contains(&fault), "{fault}\n{faults:#?}");
    }
    let person_twice = faults(&both);
    assert!(
        person_twice.iter().all(|fault| !fault.contains("people")),
        "one person may stand in two organizations: {person_twice:#?}"
    );
}

#[test]
fn json_says_the_same_as_toml() {
    let table: toml::Table = toml::from_str(CLINIC).unwrap();
    let json = serde_json::to_string(&table).unwrap();
    assert!(resources::read(&[("x.json".to_owned(), json)]).is_ok());
}
