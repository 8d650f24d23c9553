//! What only the time or the stored rows tell is refused, too, with its place; and then
//! nothing of the file is stored.
use tutela::resources::Options;

use super::{
    CLINIC,
    applied::{Bench, relation},
};

#[tokio::test]
async fn relations_that_could_not_hold_are_refused_where_they_stand() {
    let at = "organizations[0].people[1].guardians[0]";
    let emily = "basis = \"parental\"";
    for (from, to, fault) in [
        (
            "2018-09-14",
            "2000-09-14",
            format!("{at}.basis: a parental relation is for a minor"),
        ),
        (
            "1984-05-02",
            "2015-05-02",
            format!("{at}.account: a minor can guard no one"),
        ),
        (
            "birth_date = \"2018-09-14\"\n",
            "",
            format!("{at}.basis: a parental relation needs the dependent's birth_date"),
        ),
        (
            "account = \"7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a01\"",
            "account = \"nobody@example.test\"",
            format!("{at}.account: names no account"),
        ),
        (
            emily,
            "basis = \"patient_consent\", ends_at = \"2027-12-01T12:00:00Z\"",
            format!("{at}.basis: a proxy is granted by an adult who signs in himself"),
        ),
        (
            emily,
            "basis = \"court_order\", ends_at = \"2020-12-01T12:00:00Z\"",
            format!("{at}.ends_at: lies before the start"),
        ),
        (
            "roles = [\"PROVIDER\"]",
            &relation(
                "john@example.test",
                "patient_consent",
                "2028-06-01T12:00:01Z",
            ),
            "organizations[0].people[2].guardians[0].ends_at: \
             is later than the organization's proxy_max_months allow"
                .to_owned(),
        ),
        (
            "roles = [\"PROVIDER\"]",
            &relation(crate::harness::EMILY, "court_order", "2027-06-01T12:00:00Z"),
            "organizations[0].people[2].guardians[0].account: a dependent can guard no one"
                .to_owned(),
        ),
    ] {
        assert!(CLINIC.contains(from), "{from}");
        let bench = Bench::new().await;
        let refused = bench.apply(&CLINIC.replacen(from, to, 1)).await;
        assert_eq!(refused, Err(fault));
        assert_eq!(bench.organizations().await, 0, "nothing is stored");
    }
}

#[tokio::test]
async fn what_others_have_is_refused_where_it_stands() {
    let bench = Bench::new().await;
    bench.apply(CLINIC).await.unwrap();
    let other = "[[organizations]]\nname = \"Other\"\n";
    let clinic = "[[organizations]]\nid = \"7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001\"\n\
                  name = \"Example Clinic\"\n";
    let bot = "service_accounts = [{ id = \"7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0b02\", \
               name = \"Reminder bot\" }]";
    let person = "people = [{ id = \"7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a09\", given_name = \"A\", \
                  family_name = \"B\"";
    for (text, fault) in [
        (
            "[[organizations]]\nid = \"7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0009\"\n\
             name = \"Example Clinic\"\n"
                .to_owned(),
            "organizations[0].name: is taken",
        ),
        (
            format!(
                "{other}solutions = [{{ name = \"S\", databases = \
                 [{{ id = \"7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0101\", name = \"M\" }}] }}]"
            ),
            "organizations[0].solutions[0].databases[0].id: is taken",
        ),
        (
            format!(
                "{clinic}solutions = [{{ id = \"7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0109\", \
                 name = \"Family app\" }}]"
            ),
            "organizations[0].solutions[0].name: is taken",
        ),
        (
            format!("{clinic}{bot}"),
            "organizations[0].service_accounts[0].name: is taken",
        ),
        (
            format!("{other}{}", bot.replace("b02", "b01")),
            "organizations[0].service_accounts[0].id: belongs to another organization",
        ),
        (
            format!("{other}{person}, email = \"john@example.test\" }}]"),
            "organizations[0].people[0].email: belongs to another account",
        ),
        (
            format!("{clinic}{person}, email = \"a@example.test\", patient_id = \"pat-john\" }}]"),
            "organizations[0].people[0].patient_id: belongs to another person",
        ),
        (
            format!("{other}{person} }}]"),
            "organizations[0].people[0]: needs an email, a phone, guardians or a patient_id",
        ),
        (
            format!(
                "{other}clients = [{{ client_id = \"family-app\", type = \"public\", \
                 redirect_uris = [\"https://a.example/\"], \
                 allowed_principals = [\"consumer\"] }}]"
            ),
            "organizations[0].clients[0].client_id: a client of another organization has this id",
        ),
    ] {
        assert_eq!(bench.apply(&text).await, Err(fault.to_owned()), "{text}");
        assert_eq!(bench.organizations().await, 1, "nothing is stored");
    }
    let plan = bench.run(CLINIC, Options::default()).await;
    assert_eq!(plan, Ok(Vec::new()), "all stands as it stood");
}
