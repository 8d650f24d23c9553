//! Random histories of people and relations: what the server says is held against a reference
//! that knows only DOMAIN.md (sections 2 to 5, 7, 9, 10, 13, 15).
//! What a history did is told when one of its answers is wrong.
mod boundaries;
mod deeds;
mod dice;
mod issued;
mod people;
mod proxies;
mod questions;
mod reach;
mod rows;
mod sign_in;
mod time;
mod world;

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Debug,
};

use tutela::clock::{Clock, Timestamp};

use self::{
    dice::Dice,
    issued::Issued,
    world::{Moment, Person, State, Wishes, World},
};
use crate::harness::{App, Browser, PASSWORD, Server, histories};

const CLINIC: &str = include_str!("clinic.toml");
const STEPS: usize = 5_000;
/// Steps of one history.
const LONG: usize = 250;

/// One history.
struct History {
    server: Server,
    app: App,
    dice: Dice,
    world: World,
    issued: Issued,
    /// Who has one is perhaps signed in there.
    browsers: HashMap<usize, Browser>,
    /// The values of the chooser's buttons, by who saw them and for whom they stand.
    buttons: HashMap<(usize, usize), String>,
    /// The relation that is about to end or just did.
    focus: Option<usize>,
    told: Vec<String>,
    /// Who was an account of his own after the last step.
    primary: BTreeSet<String>,
    /// How many answers were compared.
    compared: usize,
}

impl History {
    async fn begin(seed: u64) -> Self {
        let dice = Dice::new(seed);
        let wishes = Wishes {
            zone: dice.pick(&[
                "UTC",
                "Europe/Brussels",
                "America/New_York",
                "Pacific/Kiritimati",
                "Pacific/Pago_Pago",
                "Asia/Kathmandu",
                "America/Havana",
            ]),
            majority: dice.pick(&[18, 18, 16, 21]),
            adolescence: dice.pick(&[13, 13, 12, 0]),
            needs_approval: dice.chance(30),
            most_guardians: dice.pick(&[2, 3, 10]),
            most_dependents: dice.pick(&[3, 5, 20]),
        };
        let settings = format!(
            "time_zone = \"{}\", age_of_majority = {}, adolescent_age = {}, \
             require_guardianship_approval = {}, max_guardians = {}, max_dependents = {}",
            wishes.zone,
            wishes.majority,
            wishes.adolescence,
            wishes.needs_approval,
            wishes.most_guardians,
            wishes.most_dependents
        );
        let server = Server::spawn_with(&[("throttle.address_failures", "1000000")]).await;
        server.apply(&CLINIC.replace("SETTINGS", &settings)).await;
        let told = vec![format!("seed {seed}: {settings}")];
        Self {
            app: App::trusted(&server, "hub-app"),
            dice,
            world: World {
                zone: jiff::tz::TimeZone::get(wishes.zone).unwrap(),
                wishes,
                people: first_people(),
                relations: Vec::new(),
            },
            server,
            issued: Issued::default(),
            browsers: HashMap::new(),
            buttons: HashMap::new(),
            focus: None,
            told,
            primary: BTreeSet::new(),
            compared: 0,
        }
    }

    fn now(&self) -> Moment {
        self.server.clock.now().millis()
    }

    fn tell(&mut self, what: &str) {
        let when = Timestamp::from_millis(self.now());
        self.told.push(format!("{when} {what}"));
    }

    /// Holds an answer against what was expected just before and just after it was given.
    #[track_caller]
    fn compare<T: PartialEq + Debug>(&mut self, what: &str, got: &T, expected: [T; 2]) {
        let [before, after] = expected;
        if before != after {
            return; // the clock passed a boundary meanwhile
        }
        self.compared += 1;
        if *got != before {
            let history = self.told.join("\n");
            panic!("{what}: {got:?}, expected {before:?}, after\n{history}\n{what}");
        }
    }

    async fn step(&mut self) {
        let now = self.now();
        self.world.settle(now);
        self.act().await;
        self.ask().await;
        self.look_at_rows().await;
    }
}

fn first_people() -> Vec<Person> {
    let person = |place: usize, name: &str, born: Option<&str>, has_record| Person {
        id: format!("7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0c0{place}"),
        is_primary: true,
        born: born.map(|day| day.parse().unwrap()),
        emancipated: false,
        state: State::Active,
        has_record,
        address: Some(format!("{name}@example.test")),
        password: Some(PASSWORD.to_owned()),
        contact: None,
    };
    vec![
        person(1, "ada", Some("1984-02-29"), true),
        person(2, "ben", None, false),
        person(3, "cem", Some("2009-12-01"), true),
        person(4, "dot", Some("1950-01-01"), true),
    ]
}

async fn history(seed: u64, steps: usize) -> usize {
    let mut history = History::begin(seed).await;
    for _ in 0..steps {
        history.step().await;
    }
    history.compared
}

/// I-01 to I-04, I-10 to I-16, I-50 to I-52, T-01 to T-04, T-10, N-02 to N-08.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_to_people_and_relations_the_server_says_what_the_rules_say() {
    histories(STEPS, LONG, history).await;
}
