//! What applying a declaration does to what is stored.
use std::sync::Arc;

use tutela::{
    accounts::Passwords,
    clock::{ManualClock, Timestamp},
    organizations,
    random::SeededRandom,
    resources::{self, Options},
    store::Store,
};

use super::CLINIC;
use crate::harness::{App, Browser, Database, Server};

/// An empty database, and what is needed to apply declarations to it.
pub(crate) struct Bench {
    _database: Database,
    store: Store,
    passwords: Passwords,
}

const PRUNE: Options = Options {
    dry_run: false,
    prune: true,
};

impl Bench {
    pub(crate) async fn new() -> Self {
        let database = Database::new().await;
        let start = Timestamp::parse("2026-12-01T12:00:00Z").unwrap();
        let store = database.store(Arc::new(ManualClock::at(start))).await;
        Self {
            _database: database,
            store,
            passwords: Passwords::new([7; 32], &SeededRandom::new(3)).unwrap(),
        }
    }

    pub(crate) async fn run(&self, text: &str, options: Options) -> Result<Vec<String>, String> {
        let read = resources::read(&[("x.toml".to_owned(), text.to_owned())]).unwrap();
        let applied = resources::apply(&self.store, &self.passwords, &read, options).await;
        match applied {
            Ok(changes) => Ok(changes.iter().map(ToString::to_string).collect()),
            Err(error) => Err(error.to_string()),
        }
    }

    pub(crate) async fn apply(&self, text: &str) -> Result<Vec<String>, String> {
        self.run(text, Options::default()).await
    }

    pub(crate) async fn organizations(&self) -> usize {
        let mut tx = self.store.read().await.unwrap();
        organizations::list(&mut tx).await.unwrap().len()
    }
}

/// The line of a person with a guardian.
pub(crate) fn relation(account: &str, basis: &str, ends_at: &str) -> String {
    format!(
        "guardians = [{{ account = \"{account}\", basis = \"{basis}\", ends_at = \"{ends_at}\" }}]"
    )
}

/// What changes a text, and is no change the second time.
async fn changes(bench: &Bench, text: &str, options: Options, expected: &[&str]) {
    let first = bench.run(text, options).await.unwrap();
    assert_eq!(first, expected);
    let second = bench.run(text, options).await.unwrap();
    assert_eq!(second, Vec::<String>::new());
}

#[tokio::test]
async fn an_undeclared_contact_stays_and_goes_with_prune_but_never_the_last() {
    let bench = Bench::new().await;
    let email = "email = \"john@example.test\"";
    let phone = CLINIC.replacen(email, &format!("{email}\nphone = \"+32470000001\""), 1);
    bench.apply(&phone).await.unwrap();
    changes(&bench, CLINIC, Options::default(), &[]).await;
    changes(&bench, CLINIC, PRUNE, &["~ person John Doe (phone)"]).await;
    let neither = CLINIC.replacen(email, "", 1);
    changes(&bench, &neither, PRUNE, &[]).await;
    let another = CLINIC.replacen(email, "email = \"john@other.test\"", 1);
    let moved = ["~ person John Doe (email)", "~ person Emily Doe (contact)"];
    changes(&bench, &another, Options::default(), &moved).await;
}

#[tokio::test]
async fn a_contact_that_is_lost_comes_back_and_is_told() {
    let bench = Bench::new().await;
    bench.apply(CLINIC).await.unwrap();
    let mut tx = bench.store.write().await.unwrap();
    tx.query("UPDATE accounts SET contact_identifier_id = NULL")
        .run()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let told = ["~ person Emily Doe (contact)"];
    changes(&bench, CLINIC, Options::default(), &told).await;
}

#[tokio::test]
async fn undeclared_resource_servers_stay_and_go_with_prune() {
    let bench = Bench::new().await;
    let name = "name = \"Example Clinic\"";
    let servers = "resource_servers = [{ audience = \"https://x.test\", signing_alg = \"RS256\" }]";
    let with = CLINIC.replacen(name, &format!("{name}\n{servers}"), 1);
    bench.apply(&with).await.unwrap();
    changes(&bench, CLINIC, Options::default(), &[]).await;
    let gone = "~ organization Example Clinic (resource_servers)";
    changes(&bench, CLINIC, PRUNE, &[gone]).await;
}

#[tokio::test]
async fn a_guardian_may_be_declared_in_a_later_organization() {
    let bench = Bench::new().await;
    let first = format!(
        "[[organizations]]\nname = \"First\"\n[[organizations.people]]\n\
         given_name = \"Ann\"\nfamily_name = \"Roe\"\npatient_id = \"p\"\n{}\n",
        relation("john@example.test", "court_order", "2027-06-01T12:00:00Z")
    );
    let both = format!("{first}{CLINIC}");
    let plan = bench.apply(&both).await.unwrap();
    assert!(
        plan.contains(&"+ guardian of Ann Roe".to_owned()),
        "{plan:?}"
    );
    changes(&bench, &both, PRUNE, &[]).await;
}

#[tokio::test]
async fn an_api_key_keeps_its_declared_id_when_it_is_renamed() {
    let bench = Bench::new().await;
    let id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0c01";
    let with = |name: &str| {
        let key = format!("api_keys = [{{ id = \"{id}\", name = \"{name}\"");
        CLINIC.replacen("api_keys = [{ name = \"first\"", &key, 1)
    };
    bench.apply(&with("first")).await.unwrap();
    let renamed = ["~ api key second of Reminder bot (name)"];
    changes(&bench, &with("second"), PRUNE, &renamed).await;
    let bot = "service_accounts = [{ name = \"Other bot\", api_keys = [";
    let key = format!("{{ id = \"{id}\", name = \"k\", secret = \"s\", ");
    let text = format!(
        "[[organizations]]\nname = \"Other\"\n{bot}{key} expires_at = \"2027-06-30T12:00:00Z\" }}] }}]"
    );
    let fault = "organizations[0].service_accounts[0].api_keys[0].id: is taken";
    assert_eq!(bench.apply(&text).await, Err(fault.to_owned()));
}

#[tokio::test]
async fn prune_ends_what_is_not_declared() {
    let bench = Bench::new().await;
    bench.apply(CLINIC).await.unwrap();
    let text = "[[organizations]]\nname = \"Example Clinic\"\n[[organizations.people]]\n\
                given_name = \"John\"\nfamily_name = \"Doe\"\nemail = \"john@example.test\"\n\
                patient_id = \"pat-john\"\n";
    assert_eq!(bench.apply(text).await, Ok(Vec::new()));
    let plan = bench.run(text, PRUNE).await.unwrap();
    let kinds: Vec<_> = plan
        .iter()
        .map(|line| line.split(" of ").next().unwrap())
        .map(|line| match line.split_once("guardianship") {
            Some((before, _)) => format!("{before}guardianship"),
            None => line.to_owned(),
        })
        .collect();
    let expected = [
        "- client family-app",
        "- client web-portal",
        "- service account Reminder bot",
        "- membership",
        "- config grant",
        "- guardianship",
    ];
    assert_eq!(kinds, expected);
    changes(&bench, text, PRUNE, &[]).await;
}

#[tokio::test]
async fn a_role_that_goes_takes_its_grants_and_the_sessions_with_it() {
    let server = Server::spawn().await;
    let (portal, browser) = (App::portal(&server), Browser::new(&server.url));
    let address = portal.authorize("openid offline_access", &[]);
    let page = browser.open(&address).await;
    let page = browser.sign_in(&page, "sarah@example.test").await;
    let tokens = portal.redeem(&page.answer()["code"]).await;
    let tokens = portal.refresh(tokens.refresh()).await;
    assert_eq!(tokens.status, 200);

    let other = CLINIC.replacen("roles = [\"PROVIDER\"]", "roles = [\"NUTRITIONIST\"]", 1);
    server.apply(&other).await;

    assert_eq!(
        portal.refresh(tokens.refresh()).await.error(),
        "invalid_grant"
    );
    assert!(browser.open(&address).await.has("id=\"login-form\""));
}
