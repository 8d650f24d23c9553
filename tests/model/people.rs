//! What happens to people: done at the server's own deeds, and in the reference.
use jiff::{ToSpan, civil::Date};
use tutela::{
    accounts::{self, Account, PersonChange},
    closing, guardianship,
    store::Tx,
};

use super::{
    History,
    deeds::{ORG, clinic, staff},
    world::{Basis, Person, State, Status},
};
use crate::harness::{Browser, PASSWORD};

async fn account(tx: &mut Tx, id: &str) -> Account {
    let found = accounts::account(tx, id.parse().unwrap()).await;
    found.unwrap().unwrap()
}

impl History {
    pub(super) async fn change_people(&mut self, place: usize) {
        match place {
            0 => self.emancipate().await,
            1..=4 => self.sign_in_personally().await,
            5..=7 => self.somebody_takes_over().await,
            8..=10 => self.suspend().await,
            11 => self.close().await,
            12 | 13 => self.correct_birth_date().await,
            _ => self.give_record().await,
        }
    }

    pub(super) fn learn_child(
        &mut self,
        (id, born, has_record): (String, Date, bool),
        guardian: usize,
    ) {
        self.world.people.push(Person {
            id,
            is_primary: false,
            born: Some(born),
            emancipated: false,
            state: State::Active,
            has_record,
            address: None,
            password: None,
            contact: Some(guardian),
        });
    }

    fn one_of(&self, fits: impl Fn(usize) -> bool) -> Option<usize> {
        self.dice.one(&self.people(fits))
    }

    async fn emancipate(&mut self) {
        let now = self.now();
        let minors = |p: usize| {
            let person = &self.world.people[p];
            !person.is_primary && !person.emancipated && self.world.is_minor(p, now)
        };
        let Some(who) = self.one_of(minors) else {
            return;
        };
        let mut tx = self.server.write().await;
        let org = clinic(&mut tx).await;
        let minor = account(&mut tx, &self.world.people[who].id).await;
        let done = guardianship::emancipate(
            &mut tx,
            &self.server.notices(),
            &org,
            minor,
            "case 2",
            &staff(),
        )
        .await;
        done.unwrap();
        tx.commit().await.unwrap();
        self.tell(&format!("{who} is emancipated"));
        self.world.people[who].emancipated = true;
        for relation in self.relations(|row| row.dependent == who) {
            let row = &self.world.relations[relation];
            if row.basis == Basis::Parental && row.status != Status::Ended {
                self.world.finish(relation, now);
                self.issued.end_under(relation);
            }
        }
        self.world.settle_contact(who, now);
    }

    /// Staff let a dependent sign in himself, or end it.
    async fn sign_in_personally(&mut self) {
        let young = |p: usize| {
            let person = &self.world.people[p];
            !person.is_primary && person.state == State::Active
        };
        let soon = self
            .focus
            .map(|relation| self.world.relations[relation].dependent);
        let soon = soon.filter(|person| young(*person) && self.dice.chance(60));
        let Some(who) = soon.or_else(|| self.one_of(young)) else {
            return;
        };
        let before = self.now();
        let id = self.world.people[who].id.parse().unwrap();
        let had = self.world.people[who].password.is_some();
        let password = format!("personal password of {who}");
        let is_on = !had || self.dice.chance(30);
        let phc = match is_on {
            true => Some(self.server.hash(&password).await),
            false => None,
        };
        let mut tx = self.server.write().await;
        let org = clinic(&mut tx).await;
        let done = match &phc {
            Some(phc) => {
                let on = guardianship::enable_sign_in(&mut tx, &org, (id, phc), &staff()).await;
                on.unwrap().is_ok()
            }
            None => guardianship::disable_sign_in(&mut tx, &org, id, &staff())
                .await
                .unwrap(),
        };
        tx.commit().await.unwrap();
        self.tell(&format!("{who} signs in personally, on {is_on}: {done}"));
        let may = |at| self.world.may_sign_in_himself(who, at);
        let expected = [before, self.now()].map(|at| if is_on { may(at) } else { had });
        self.compare("personal sign-in", &done, expected);
        if done {
            self.world.people[who].password = is_on.then_some(password);
            self.issued.end_own(who);
            self.browsers.remove(&who);
        }
    }

    async fn somebody_takes_over(&mut self) {
        let now = self.now();
        let grown = self.one_of(|p| self.world.awaits_handover(p, now));
        let young = self.one_of(|p| !self.world.people[p].is_primary);
        if let Some(who) = grown.filter(|_| self.dice.chance(80)).or(young) {
            self.hand_over(who).await;
        }
    }

    /// Somebody who signs in himself does so until he comes of age, and takes over his account.
    pub(super) async fn come_of_age(&mut self) {
        let now = self.now();
        let fits = |p: usize| {
            let person = &self.world.people[p];
            let is_ready = !person.is_primary && person.state == State::Active;
            is_ready && self.details(p).is_some() && !self.world.awaits_handover(p, now)
        };
        let Some(who) = self.one_of(fits) else {
            return;
        };
        let seconds = (self.world.majority(who).unwrap() - now).div_euclid(1000);
        if seconds > 100 {
            self.later(seconds - 100);
        }
        let now = self.now();
        self.world.settle(now);
        for _ in 0..2 {
            self.sign_in_as(who).await;
            self.ask_redeem().await;
        }
        self.later(101);
        let now = self.now();
        self.world.settle(now);
        self.hand_over(who).await;
    }

    /// Staff give a code, by which the person takes over his account (4.4).
    pub(super) async fn hand_over(&mut self, who: usize) {
        let before = self.now();
        let id = self.world.people[who].id.clone();
        let code = {
            let passwords = self.server.passwords();
            let mut tx = self.server.write().await;
            let (org, person) = (clinic(&mut tx).await, account(&mut tx, &id).await);
            let code = guardianship::issue_code(&mut tx, passwords, &org, &person, &staff()).await;
            tx.commit().await.unwrap();
            code.unwrap().ok()
        };
        self.tell(&format!("{who} gets a code: {}", code.is_some()));
        let is_active = self.world.people[who].state == State::Active;
        let may = |at| is_active && self.world.awaits_handover(who, at);
        let expected = [before, self.now()].map(may);
        self.compare("a code to take over", &code.is_some(), expected);
        let Some(code) = code else { return };
        let address = format!("person{who}@example.test");
        let browser = Browser::new(&self.server.url);
        self.server.letters().await;
        let page = browser.open("/hand-over").await;
        let fields = [
            ("code", code.code.expose()),
            ("username", &address),
            ("password", PASSWORD),
        ];
        let page = browser.submit(&page, "handover-form", &fields).await;
        let page = browser.follow(page).await;
        let letter = self.server.letter().await;
        let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit());
        let digits = letter.lines().find(is_code).unwrap().to_owned();
        let page = browser
            .submit(&page, "code-form", &[("code", &digits)])
            .await;
        let place = browser.follow(page).await;
        self.compare("taking over", &place.url.path(), ["/account"; 2]);
        for relation in self.relations(|row| row.dependent == who) {
            self.issued.end_under(relation);
        }
        self.issued.end_own(who);
        self.world.promote(who, before);
        let person = &mut self.world.people[who];
        person.address = Some(address);
        person.password = Some(PASSWORD.to_owned());
        self.browsers.insert(who, browser);
    }

    /// Staff suspend an account, or let it go on.
    async fn suspend(&mut self) {
        let open = |p: usize| self.world.people[p].state != State::Closed;
        let suspended = |p: usize| self.world.people[p].state == State::Suspended;
        let again = self.one_of(suspended).filter(|_| self.dice.chance(70));
        let Some(who) = again.or_else(|| self.one_of(open)) else {
            return;
        };
        let to = match self.world.people[who].state {
            State::Suspended => State::Active,
            _ => State::Suspended,
        };
        let change = PersonChange {
            status: Some(match to {
                State::Active => accounts::Status::Active,
                _ => accounts::Status::Suspended,
            }),
            ..PersonChange::default()
        };
        self.change_person(who, change).await;
        self.tell(&format!("{who} is {to:?}"));
        self.world.people[who].state = to;
        if to == State::Suspended {
            self.issued.end_of(who);
        }
    }

    async fn change_person(&mut self, who: usize, change: PersonChange) {
        let mut tx = self.server.write().await;
        let person = account(&mut tx, &self.world.people[who].id).await;
        let org = ORG.parse().unwrap();
        let done = accounts::change_person(&mut tx, person, org, change, &staff()).await;
        assert!(done.unwrap());
        tx.commit().await.unwrap();
    }

    /// Somebody closes his account. Some stay, so that there is somebody to care.
    async fn close(&mut self) {
        let people = &self.world.people;
        let open = self.people(|p| people[p].is_primary && people[p].state == State::Active);
        let Some(who) = self.dice.one(&open).filter(|_| open.len() > 3) else {
            return;
        };
        let now = self.now();
        let id = people[who].id.parse().unwrap();
        let mut tx = self.server.write().await;
        let closed = closing::close_account(&mut tx, &self.server.notices(), id).await;
        assert!(closed.unwrap().is_ok());
        tx.commit().await.unwrap();
        self.tell(&format!("{who} closes his account"));
        self.world.people[who].state = State::Closed;
        for relation in self.relations(|row| row.guardian == who || row.dependent == who) {
            if self.world.relations[relation].status != Status::Ended {
                self.world.finish(relation, now);
            }
        }
        for person in self.people(|p| self.world.people[p].contact == Some(who)) {
            self.world.take_contact_back(who, person, now);
        }
        self.issued.end_of(who);
        self.world.people[who].address = None;
        self.world.people[who].password = None;
    }

    /// Staff correct the birth date of somebody who has not grown up (section 3).
    async fn correct_birth_date(&mut self) {
        let now = self.now();
        let young = |p: usize| {
            let person = &self.world.people[p];
            !person.is_primary && !self.world.awaits_handover(p, now)
        };
        let Some(who) = self.one_of(young) else {
            return;
        };
        let born = self.world.people[who].born.unwrap();
        let to = born.saturating_add(self.dice.between(-700, 700).days());
        let to = to.min(self.world.today(now));
        let change = PersonChange {
            birth_date: Some(to),
            ..PersonChange::default()
        };
        self.change_person(who, change).await;
        self.tell(&format!("{who} was born on {to}"));
        self.world.people[who].born = Some(to);
    }

    /// Staff enter somebody's patient record.
    async fn give_record(&mut self) {
        let Some(who) = self.one_of(|p| !self.world.people[p].has_record) else {
            return;
        };
        let change = PersonChange {
            patient_id: Some(format!("pat-{}", self.told.len())),
            ..PersonChange::default()
        };
        self.change_person(who, change).await;
        self.tell(&format!("{who} has a record"));
        self.world.people[who].has_record = true;
    }
}
