//! Signing in, choosing and redeeming by HTTP.
use std::collections::BTreeSet;

use super::{
    History,
    issued::{Code, Grant},
    reach::{common, reach, words},
    world::{Chosen, Moment, State},
};
use crate::harness::{Browser, Page};

const DAY: Moment = 24 * 3600 * 1000;
const SCOPES: [&str; 4] = [
    "openid offline_access launch/patient patient/*.cruds",
    "openid offline_access launch/patient profile patient/*.rs",
    "openid offline_access patient/Observation.rs patient/Patient.r",
    "openid profile launch/patient patient/Appointment.cruds",
];

/// Where somebody stands who signed in.
#[derive(Debug, PartialEq, Eq)]
enum Arrival {
    /// The details match nobody.
    Refused,
    /// He grew up, and can only take over his account.
    HandOver,
    /// Whom he may act for, with the kind.
    Offered(BTreeSet<(String, String)>),
    /// Straight at the application.
    Answered,
    /// With an error.
    Denied,
    /// At another page.
    Elsewhere(String),
}

fn arrival(page: &Page) -> Arrival {
    if page.has("id=\"login-form\"") {
        return Arrival::Refused;
    }
    if page.has("id=\"handover-form\"") {
        return Arrival::HandOver;
    }
    if page.has("id=\"chooser-form\"") {
        let rows = page.body.split("data-subject=\"").skip(1);
        let value = |row: &str| row.split('"').next().unwrap().to_owned();
        let offered = rows.map(|row| {
            let kind = row.split_once("data-kind=\"").unwrap().1;
            (value(row), value(kind))
        });
        return Arrival::Offered(offered.collect());
    }
    if page.location().is_none() {
        return Arrival::Elsewhere(format!("{} {}", page.url, page.status));
    }
    match page.answer().contains_key("code") {
        true => Arrival::Answered,
        false => Arrival::Denied,
    }
}

impl History {
    /// With what the person signs in. `None`: he cannot.
    pub(super) fn details(&self, who: usize) -> Option<(String, String)> {
        let person = &self.world.people[who];
        let lender = person.contact.map(|guardian| &self.world.people[guardian]);
        let address = match person.is_primary {
            true => person.address.clone(),
            false => lender.and_then(|guardian| guardian.address.clone()),
        };
        Some((address?, person.password.clone()?))
    }

    fn expected_arrival(&self, who: usize, is_asked: bool, at: Moment) -> Arrival {
        if self.world.people[who].state != State::Active {
            return Arrival::Refused;
        }
        if self.world.awaits_handover(who, at) {
            return Arrival::HandOver;
        }
        let options = self.world.options(who, at);
        if let ([_], false) = (options.as_slice(), is_asked) {
            return Arrival::Answered;
        }
        let row = |chosen: &Chosen| {
            let id = self.world.people[chosen.subject].id.clone();
            (id, self.world.kind(chosen).to_owned())
        };
        Arrival::Offered(options.iter().map(row).collect())
    }

    /// Somebody signs in at the application, chooses, and it redeems the code, now or later.
    pub(super) async fn ask_sign_in(&mut self) {
        let able = self.people(|p| self.details(p).is_some());
        let meant = self.focus.map(|relation| {
            let row = &self.world.relations[relation];
            self.dice.pick(&[row.guardian, row.dependent])
        });
        let meant = meant.filter(|person| able.contains(person) && self.dice.chance(60));
        let who = meant.unwrap_or_else(|| self.dice.pick(&able));
        let is_active = self.world.people[who].state == State::Active;
        if is_active || self.dice.chance(20) {
            self.sign_in_as(who).await;
        }
    }

    pub(super) async fn sign_in_as(&mut self, who: usize) {
        let (address, password) = self.details(who).unwrap();
        let (is_asked, scope) = (self.dice.chance(50), self.dice.pick(&SCOPES));
        let changes = [("prompt", if is_asked { "select_account" } else { "" })];
        let before = self.now();
        let browser = match self.browsers.remove(&who) {
            Some(browser) => browser,
            None => Browser::new(&self.server.url),
        };
        let mut page = browser.open(&self.app.authorize(scope, &changes)).await;
        let is_signed_in = !page.has("id=\"login-form\"");
        if !is_signed_in {
            let fields = [("username", address.as_str()), ("password", &password)];
            let answer = browser.submit(&page, "login-form", &fields).await;
            page = browser.follow(answer).await;
        }
        let arrived = arrival(&page);
        self.tell(&format!("{who} signs in: {arrived:?}"));
        let expected = [before, self.now()].map(|at| {
            match self.expected_arrival(who, is_asked, at) {
                Arrival::HandOver if is_signed_in => Arrival::Denied, // nobody to act for
                arrival => arrival,
            }
        });
        let is_sure = expected[0] == expected[1];
        self.compare("signing in", &arrived, expected);
        if is_sure {
            match arrived {
                Arrival::Offered(_) => self.choose(&browser, page, who, scope).await,
                Arrival::Answered => {
                    let chosen = self.world.options(who, before)[0];
                    self.learn_code(&page, who, chosen, scope);
                }
                _ => {
                    self.forget_failures().await;
                    return; // with the next browser
                }
            }
        }
        self.browsers.insert(who, browser);
    }

    /// A wrong try does not slow the next one down here.
    async fn forget_failures(&self) {
        let mut tx = self.server.write().await;
        tx.query("DELETE FROM throttles").run().await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn choose(&mut self, browser: &Browser, page: Page, who: usize, scope: &str) {
        for row in page.body.split("name=\"option\" value=\"").skip(1) {
            let option = row.split('"').next().unwrap().to_owned();
            let subject = row.split_once("data-subject=\"").unwrap().1;
            let subject = subject.split('"').next().unwrap();
            let subject = self.people(|p| self.world.people[p].id == subject)[0];
            self.buttons.insert((who, subject), option);
        }
        if self.dice.chance(10) {
            return self.choose_foreign(browser, &page, who).await;
        }
        let before = self.now();
        let options = self.world.options(who, before);
        let meant = options.iter().find(|option| self.is_in_focus(option));
        let meant = meant.copied().filter(|_| self.dice.chance(60));
        let chosen = meant.unwrap_or_else(|| self.dice.pick(&options));
        let subject = self.world.people[chosen.subject].id.clone();
        let page = browser.choose(&page, &subject).await;
        let arrived = arrival(&page);
        self.tell(&format!("{who} chooses {}: {arrived:?}", chosen.subject));
        let expected = [before, self.now()].map(|at| match self.world.holds(&chosen, at) {
            true => Arrival::Answered,
            false => Arrival::Denied,
        });
        let is_sure = expected[0] == expected[1];
        self.compare("choosing", &arrived, expected);
        if is_sure {
            self.learn_code(&page, who, chosen, scope);
        }
    }

    /// I-51, N-04: what another was offered, or he himself once, is no option.
    async fn choose_foreign(&mut self, browser: &Browser, page: &Page, who: usize) {
        let now = self.now();
        let offered: Vec<_> = self
            .world
            .options(who, now)
            .iter()
            .map(|o| o.subject)
            .collect();
        let is_foreign =
            |(seen_by, subject): &(usize, usize)| *seen_by != who || !offered.contains(subject);
        let mut foreign: Vec<_> = self
            .buttons
            .keys()
            .filter(|key| is_foreign(key))
            .copied()
            .collect();
        foreign.sort_unstable();
        let Some(key) = self.dice.one(&foreign) else {
            return;
        };
        let option = self.buttons[&key].clone();
        let page = browser
            .submit(page, "chooser-form", &[("option", &option)])
            .await;
        let page = browser.follow(page).await;
        self.tell(&format!("{who} chooses what {} saw for {}", key.0, key.1));
        let error = page.answer().get("error").cloned();
        let denied = Some("access_denied".to_owned());
        self.compare("a foreign option", &error, [denied.clone(), denied]);
    }

    fn learn_code(&mut self, page: &Page, who: usize, chosen: Chosen, scope: &str) {
        let now = self.now();
        let possible = self.world.reach(&chosen, now);
        self.issued.codes.push(Code {
            text: page.answer()["code"].clone(),
            grant: self.issued.grants.len(),
            expires: now + 60_000,
        });
        self.issued.grants.push(Grant {
            by: who,
            chosen,
            reach: common(&reach(scope), &possible),
            words: words(scope),
            expires: now + 30 * DAY,
            is_revoked: false,
            refresh: None,
        });
    }
}
