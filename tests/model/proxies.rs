//! What adults ask others to do for them.
use jiff::{Timestamp as Instant, ToSpan};
use tutela::{
    accounts::Identifier,
    clock::Timestamp,
    guardianship::{self, ProxyGrant},
};

use super::{
    History,
    deeds::{clinic, level},
    world::{Basis, Moment, State, Status},
};

const DAY: i64 = 24 * 3600 * 1000;

impl History {
    /// An adult asks another to act for him (I-12).
    pub(super) async fn grant_proxy(&mut self) {
        let (Some(adult), Some(proxy)) = (self.open_adult(), self.open_adult()) else {
            return;
        };
        let people = &self.world.people;
        if people[adult].state != State::Active {
            return;
        }
        let before = self.now();
        let ends_at = match self.dice.chance(10) {
            true => Timestamp::from_millis(before + 600 * DAY), // beyond 18 months
            false => self.some_end(before),
        };
        let is_full = self.dice.chance(60);
        let grant = ProxyGrant {
            identifier: Identifier::parse(people[proxy].address.as_deref().unwrap()).unwrap(),
            ends_at,
            access_level: level(is_full),
        };
        let id = people[adult].id.parse().unwrap();
        let mut tx = self.server.write().await;
        let org = clinic(&mut tx).await;
        let granted = guardianship::grant_proxy(&mut tx, &org, id, &grant)
            .await
            .unwrap();
        if granted.is_ok() {
            let notices = self.server.notices();
            let passed =
                guardianship::pass_on(&mut tx, &notices, &org, id, &grant.identifier).await;
            passed.unwrap();
        }
        let theirs = guardianship::of_dependent(&mut tx, id).await.unwrap();
        tx.commit().await.unwrap();
        self.tell(&format!(
            "{adult} asks {proxy} until {ends_at}: {granted:?}"
        ));
        let longest = Instant::from_millisecond(before)
            .unwrap()
            .to_zoned(self.world.zone.clone());
        let longest = longest.date() + 18.months();
        let expected = [before, self.now()].map(|at| {
            let is_short = self.world.today(ends_at.millis() - 1) <= longest;
            is_short && !self.world.is_minor(adult, at)
        });
        self.compare("asking a proxy", &granted.is_ok(), expected);
        if granted.is_ok() {
            self.supersede((adult, proxy), (is_full, ends_at), before);
        }
        let known = |id: &str| self.world.relations.iter().any(|row| row.id == id);
        let new = theirs.iter().find(|row| !known(&row.id.to_string()));
        let expected = [before, self.now()].map(|at| {
            expected[0]
                && adult != proxy
                && self.world.is_fit_guardian(proxy, at)
                && !self.world.is_pair(proxy, adult, at)
                && self.world.has_room_for_dependent(proxy, at)
                && self.world.has_room_for_guardian(adult, at)
        });
        self.compare("proposing a proxy", &new.is_some(), expected);
        if let Some(row) = new {
            let status = Status::Pending {
                accepted: false,
                approved: true,
            };
            self.learn(row, "OTH", status);
        }
    }

    /// Who asks again before there is an answer is taken at his last word.
    fn supersede(
        &mut self,
        (adult, proxy): (usize, usize),
        (is_full, ends_at): (bool, Timestamp),
        now: Moment,
    ) {
        let unanswered = self.world.relations.iter().position(|row| {
            let is_theirs = row.guardian == proxy && row.dependent == adult;
            let is_asked = row.basis == Basis::Consent
                && matches!(
                    row.status,
                    Status::Pending {
                        accepted: false,
                        ..
                    }
                );
            let is_same = row.is_full == is_full && row.ends == Some(ends_at.millis());
            is_theirs && is_asked && !is_same
        });
        if let Some(relation) = unanswered {
            self.world.finish(relation, now);
        }
    }
}
