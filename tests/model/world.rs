//! The reference: people and relations as DOMAIN.md tells of them (sections 2 to 4), and what
//! follows from them at a moment. It shares no line with the server.
use jiff::{
    Timestamp,
    civil::{Date, date},
    tz::TimeZone,
};

use super::reach::{Reach, common, full, limited, reach};

/// Milliseconds since 1970.
pub(super) type Moment = i64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Active,
    Suspended,
    Closed,
}

/// An account with a consumer profile.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) id: String,
    pub(super) is_primary: bool,
    pub(super) born: Option<Date>,
    pub(super) emancipated: bool,
    pub(super) state: State,
    pub(super) has_record: bool,
    /// The address that the person owns.
    pub(super) address: Option<String>,
    pub(super) password: Option<String>,
    /// Whose address letters go to, and a personal sign-in uses (I-02).
    pub(super) contact: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Basis {
    Parental,
    CourtOrder,
    PowerOfAttorney,
    Consent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Pending { accepted: bool, approved: bool },
    Active,
    Suspended,
    Ended,
}

#[derive(Debug)]
pub(super) struct Relation {
    pub(super) id: String,
    pub(super) guardian: usize,
    pub(super) dependent: usize,
    pub(super) relationship: &'static str,
    pub(super) basis: Basis,
    pub(super) is_full: bool,
    pub(super) ceiling: Option<&'static str>,
    pub(super) ends: Option<Moment>,
    pub(super) survives: bool,
    pub(super) has_evidence: bool,
    pub(super) status: Status,
}

/// What the organization wants.
#[derive(Debug)]
pub(super) struct Wishes {
    pub(super) zone: &'static str,
    pub(super) majority: i16,
    /// 0: never.
    pub(super) adolescence: i16,
    pub(super) needs_approval: bool,
    pub(super) most_guardians: usize,
    pub(super) most_dependents: usize,
}

/// Years after which a dependent may sign in himself (section 16).
const SIGN_IN_AGE: i16 = 13;

pub(super) struct World {
    pub(super) wishes: Wishes,
    pub(super) zone: TimeZone,
    pub(super) people: Vec<Person>,
    pub(super) relations: Vec<Relation>,
}

impl World {
    /// 00:00 of the birthday that reaches `years`; born on 29 February: on the 28th in common
    /// years (section 3).
    pub(super) fn birthday(&self, born: Date, years: i16) -> Moment {
        let year = born.year() + years;
        let is_common = !date(year, 1, 1).in_leap_year();
        let day = match (born.month(), born.day()) {
            (2, 29) if is_common => 28,
            (_, day) => day,
        };
        let midnight = date(year, born.month(), day).at(0, 0, 0, 0);
        let first = self.zone.to_ambiguous_timestamp(midnight).compatible();
        first.unwrap().as_millisecond()
    }

    pub(super) fn today(&self, now: Moment) -> Date {
        let moment = Timestamp::from_millisecond(now).unwrap();
        self.zone.to_datetime(moment).date()
    }

    pub(super) fn majority(&self, who: usize) -> Option<Moment> {
        let born = self.people[who].born?;
        Some(self.birthday(born, self.wishes.majority))
    }

    pub(super) fn is_minor(&self, who: usize, now: Moment) -> bool {
        self.majority(who).is_some_and(|at| now < at)
    }

    /// Whether a dependent grew up, and has not taken over his account (4.4).
    pub(super) fn awaits_handover(&self, who: usize, now: Moment) -> bool {
        let person = &self.people[who];
        let is_grown = self.majority(who).is_some_and(|at| now >= at) || person.emancipated;
        !person.is_primary && is_grown
    }

    /// I-10.
    pub(super) fn is_fit_guardian(&self, who: usize, now: Moment) -> bool {
        let person = &self.people[who];
        person.state == State::Active && person.is_primary && !self.is_minor(who, now)
    }

    /// The last moment of a relation that the clock brings, wherever it stands.
    pub(super) fn end(&self, relation: usize) -> Option<Moment> {
        let relation = &self.relations[relation];
        let is_bounded = !relation.survives && relation.basis != Basis::Consent;
        let majority = self.majority(relation.dependent).filter(|_| is_bounded);
        [relation.ends, majority].into_iter().flatten().min()
    }

    /// Whether its time is over: it ended by itself.
    pub(super) fn is_over(&self, relation: usize, now: Moment) -> bool {
        self.end(relation).is_some_and(|end| now >= end)
    }

    /// I-15.
    pub(super) fn authorises(&self, relation: usize, now: Moment) -> bool {
        let row = &self.relations[relation];
        row.status == Status::Active
            && !self.is_over(relation, now)
            && self.is_fit_guardian(row.guardian, now)
            && self.people[row.dependent].state == State::Active
            && (row.basis != Basis::Parental || !self.people[row.dependent].emancipated)
    }

    /// When the dependent's age narrows a parent's reach (4.3).
    pub(super) fn narrows(&self, relation: usize) -> Option<Moment> {
        let row = &self.relations[relation];
        let born = self.people[row.dependent].born?;
        let is_narrowed = row.basis == Basis::Parental
            && !(row.is_full && row.has_evidence)
            && self.wishes.adolescence > 0;
        is_narrowed.then(|| self.birthday(born, self.wishes.adolescence))
    }

    /// How far the relation reaches into the dependent's record.
    pub(super) fn reach_of(&self, relation: usize, now: Moment) -> Reach {
        let row = &self.relations[relation];
        if !self.people[row.dependent].has_record {
            return Reach::new();
        }
        let is_adolescent = self.narrows(relation).is_some_and(|at| now >= at);
        let level = match row.is_full && !is_adolescent {
            true => full(),
            false => limited(),
        };
        match row.ceiling {
            Some(narrower) => common(&level, &reach(narrower)),
            None => level,
        }
    }

    /// How far a person reaches into his own record.
    pub(super) fn own_reach(&self, who: usize) -> Reach {
        match self.people[who].has_record {
            true => full(),
            false => Reach::new(),
        }
    }

    /// Whether a person acts as himself: whoever grew up first takes over his account (4.4).
    pub(super) fn is_himself(&self, who: usize, now: Moment) -> bool {
        self.people[who].state == State::Active && !self.awaits_handover(who, now)
    }

    /// Whom the chooser offers: the subject with its kind, and by which relation (4.2).
    pub(super) fn options(&self, who: usize, now: Moment) -> Vec<Chosen> {
        let myself = self.is_himself(who, now).then_some(Chosen {
            subject: who,
            relation: None,
        });
        let mine = (0..self.relations.len())
            .filter(|r| self.relations[*r].guardian == who && self.authorises(*r, now));
        let for_others = mine.map(|relation| Chosen {
            subject: self.relations[relation].dependent,
            relation: Some(relation),
        });
        myself.into_iter().chain(for_others).collect()
    }

    /// `consumer_kind` (1.1).
    pub(super) fn kind(&self, chosen: &Chosen) -> &'static str {
        let subject = &self.people[chosen.subject];
        match (subject.is_primary, chosen.relation) {
            (false, _) => "dependent",
            (true, Some(_)) => "patient",
            (true, None) if subject.has_record => "patient",
            (true, None) => "guardian",
        }
    }

    /// How many the guardian cares for, or said yes to (I-14).
    pub(super) fn has_room_for_dependent(&self, guardian: usize, now: Moment) -> bool {
        let counts = |r: &usize| {
            let row = &self.relations[*r];
            let is_counted = match row.status {
                Status::Active | Status::Suspended => true,
                Status::Pending { accepted, .. } => accepted,
                Status::Ended => false,
            };
            row.guardian == guardian && is_counted && !self.is_over(*r, now)
        };
        let count = (0..self.relations.len()).filter(counts).count();
        count < self.wishes.most_dependents
    }

    pub(super) fn has_room_for_guardian(&self, dependent: usize, now: Moment) -> bool {
        let counts = |r: &usize| {
            let row = &self.relations[*r];
            let is_counted = matches!(row.status, Status::Active | Status::Suspended);
            row.dependent == dependent && is_counted && !self.is_over(*r, now)
        };
        let count = (0..self.relations.len()).filter(counts).count();
        count < self.wishes.most_guardians
    }

    /// Whether the two have a relation that has not ended (I-13).
    pub(super) fn is_pair(&self, guardian: usize, dependent: usize, now: Moment) -> bool {
        (0..self.relations.len()).any(|r| {
            let row = &self.relations[r];
            let is_theirs = row.guardian == guardian && row.dependent == dependent;
            is_theirs && row.status != Status::Ended && !self.is_over(r, now)
        })
    }

    /// Whether somebody may let the dependent sign in himself (4.1).
    pub(super) fn may_sign_in_himself(&self, who: usize, now: Moment) -> bool {
        let person = &self.people[who];
        let old_enough = person.born.map(|born| self.birthday(born, SIGN_IN_AGE));
        let sharing = self.people.iter().enumerate().filter(|(other, p)| {
            *other != who && !p.is_primary && p.password.is_some() && p.contact == person.contact
        });
        !person.is_primary
            && !self.awaits_handover(who, now)
            && old_enough.is_some_and(|at| now >= at)
            && person.contact.is_some()
            && sharing.count() < 4
    }

    /// The relation ends for good; letters go to another active guardian (I-03).
    pub(super) fn finish(&mut self, relation: usize, now: Moment) {
        self.relations[relation].status = Status::Ended;
        let (guardian, dependent) = {
            let row = &self.relations[relation];
            (row.guardian, row.dependent)
        };
        if self.people[dependent].contact == Some(guardian) {
            self.take_contact_back(guardian, dependent, now);
        }
    }

    /// Another guardian who may act lends an address, or nobody (I-03).
    pub(super) fn take_contact_back(&mut self, guardian: usize, dependent: usize, now: Moment) {
        let next = (0..self.relations.len()).find(|r| {
            let row = &self.relations[*r];
            row.dependent == dependent && row.guardian != guardian && self.authorises(*r, now)
        });
        self.people[dependent].contact = next.map(|r| self.relations[r].guardian);
    }

    /// Who lends an address, but has no relation any more since the clock ended it, lends it no
    /// longer (I-03).
    pub(super) fn settle_contact(&mut self, dependent: usize, now: Moment) {
        let Some(guardian) = self.people[dependent].contact else {
            return;
        };
        let goes_on = self.relations.iter().any(|row| {
            let is_theirs = row.guardian == guardian && row.dependent == dependent;
            is_theirs && row.status != Status::Ended
        });
        if !goes_on {
            self.take_contact_back(guardian, dependent, now);
        }
    }

    /// The relation is in force: a dependent whom no letter reached has somebody again (I-02).
    pub(super) fn start(&mut self, relation: usize) {
        self.relations[relation].status = Status::Active;
        let (guardian, dependent) = {
            let row = &self.relations[relation];
            (row.guardian, row.dependent)
        };
        let person = &mut self.people[dependent];
        if !person.is_primary && person.contact.is_none() {
            person.contact = Some(guardian);
        }
    }

    /// What the clock ended is over for good.
    pub(super) fn settle(&mut self, now: Moment) {
        for relation in 0..self.relations.len() {
            if self.is_over(relation, now) {
                self.relations[relation].status = Status::Ended;
            }
        }
    }

    /// The account stands on its own (4.4).
    pub(super) fn promote(&mut self, who: usize, now: Moment) {
        let person = &mut self.people[who];
        person.is_primary = true;
        person.contact = None;
        for relation in 0..self.relations.len() {
            let row = &self.relations[relation];
            let goes_on = row.survives || row.basis == Basis::Consent;
            if row.dependent == who && row.status != Status::Ended && !goes_on {
                self.finish(relation, now);
            }
        }
    }
}

/// As whom somebody acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) subject: usize,
    pub(super) relation: Option<usize>,
}
