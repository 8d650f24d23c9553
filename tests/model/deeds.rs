//! What happens to relations: done at the server's own deeds, and in the reference.
use tutela::{
    audit::Doer,
    clock::Timestamp,
    guardianship::{
        self, AccessLevel, EndedReason, Guardianship, NewDependent, Proposal, Relationship,
    },
    organizations::{self, Organization},
    store::Tx,
};

use super::{
    History,
    world::{Basis, Relation, State, Status},
};

pub(super) const ORG: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001";
const OLGA: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a21";
/// What narrows a relation further.
const CEILINGS: [&str; 3] = [
    "patient/*.rs",
    "patient/Observation.rs patient/Patient.r",
    "patient/Appointment.cruds",
];

pub(super) fn staff() -> Doer {
    Doer::Person(OLGA.parse().unwrap())
}

pub(super) async fn clinic(tx: &mut Tx) -> Organization {
    let found = organizations::get(tx, ORG.parse().unwrap()).await;
    found.unwrap().unwrap()
}

async fn row(tx: &mut Tx, id: &str) -> Guardianship {
    let case = guardianship::case(tx, id.parse().unwrap()).await;
    case.unwrap().unwrap().relation
}

const fn basis(basis: Basis) -> guardianship::Basis {
    match basis {
        Basis::Parental => guardianship::Basis::Parental,
        Basis::CourtOrder => guardianship::Basis::CourtOrder,
        Basis::PowerOfAttorney => guardianship::Basis::PowerOfAttorney,
        Basis::Consent => guardianship::Basis::PatientConsent,
    }
}

pub(super) const fn level(is_full: bool) -> AccessLevel {
    match is_full {
        true => AccessLevel::Full,
        false => AccessLevel::Limited,
    }
}

impl History {
    /// Somebody does something.
    pub(super) async fn act(&mut self) {
        match self.dice.below(100) {
            0..=39 => self.time_goes_on(),
            40..=49 => self.add().await,
            50..=57 => self.propose().await,
            58..=67 => self.answer().await,
            68..=71 => self.hold().await,
            72 => self.come_of_age().await,
            73..=76 => self.end().await,
            77..=80 => self.change().await,
            81..=84 => self.grant_proxy().await,
            place => self.change_people(place - 85).await,
        }
    }

    /// People whom `fits` holds for.
    pub(super) fn people(&self, fits: impl Fn(usize) -> bool) -> Vec<usize> {
        (0..self.world.people.len()).filter(|p| fits(*p)).collect()
    }

    /// Relations whom `fits` holds for.
    pub(super) fn relations(&self, fits: impl Fn(&Relation) -> bool) -> Vec<usize> {
        let all = self.world.relations.iter().enumerate();
        all.filter(|(_, row)| fits(row)).map(|(r, _)| r).collect()
    }

    pub(super) fn open_adult(&self) -> Option<usize> {
        let people = &self.world.people;
        let open = self.people(|p| people[p].is_primary && people[p].state != State::Closed);
        self.dice.one(&open)
    }

    /// A guardian, or staff for him, adds somebody (4.3).
    async fn add(&mut self) {
        let young = self.people(|p| !self.world.people[p].is_primary);
        let Some(guardian) = self.open_adult().filter(|_| young.len() < 12) else {
            return;
        };
        let (before, is_by_staff) = (self.now(), self.dice.chance(30));
        let born = self.birth_date(before);
        let id = self.world.people[guardian].id.parse().unwrap();
        let has_record = self.dice.chance(80);
        let patient = format!("pat-{}", self.told.len());
        let new = NewDependent {
            given_name: format!("Child{}", self.world.people.len()),
            family_name: "Model".to_owned(),
            birth_date: born,
            relationship: Relationship::Mother,
            patient_id: has_record.then_some(patient),
        };
        let doer = if is_by_staff {
            staff()
        } else {
            Doer::Person(id)
        };
        let mut tx = self.server.write().await;
        let org = clinic(&mut tx).await;
        let added =
            guardianship::add_dependent(&mut tx, &self.server.notices(), &org, id, new, &doer)
                .await;
        let added = added.unwrap().ok();
        tx.commit().await.unwrap();
        self.tell(&format!(
            "{guardian} adds somebody born {born}, by staff {is_by_staff}: {added:?}"
        ));
        let expected = [before, self.now()].map(|at| {
            let majority = self.world.birthday(born, self.world.wishes.majority);
            born <= self.world.today(at)
                && at < majority
                && self.world.is_fit_guardian(guardian, at)
                && self.world.has_room_for_dependent(guardian, at)
        });
        self.compare("adding", &added.is_some(), expected);
        if let Some(row) = added {
            self.learn_child((row.dependent.to_string(), born, has_record), guardian);
            let waits = self.world.wishes.needs_approval && !is_by_staff;
            self.learn(
                &row,
                "MTH",
                match waits {
                    true => Status::Pending {
                        accepted: true,
                        approved: false,
                    },
                    false => Status::Active,
                },
            );
        }
    }

    pub(super) fn learn(&mut self, row: &Guardianship, relationship: &'static str, status: Status) {
        let place = |id: String| self.people(|p| self.world.people[p].id == id)[0];
        let basis = [
            Basis::Parental,
            Basis::CourtOrder,
            Basis::PowerOfAttorney,
            Basis::Consent,
        ]
        .into_iter()
        .find(|b| basis(*b) == row.basis);
        let ceiling = row.scope_ceiling.as_ref().map(ToString::to_string);
        self.world.relations.push(Relation {
            id: row.id.to_string(),
            guardian: place(row.guardian.to_string()),
            dependent: place(row.dependent.to_string()),
            relationship,
            basis: basis.unwrap(),
            is_full: row.access_level == AccessLevel::Full,
            ceiling: ceiling.map(|text| *CEILINGS.iter().find(|c| **c == text).unwrap()),
            ends: row.ends_at.map(Timestamp::millis),
            survives: row.survives_majority,
            has_evidence: row.evidence_ref.is_some(),
            status,
        });
    }

    /// Staff propose a further guardian (4.3).
    async fn propose(&mut self) {
        let people = &self.world.people;
        let of = self.people(|p| people[p].state == State::Active && !people[p].emancipated);
        let (Some(guardian), Some(dependent)) = (self.open_adult(), self.dice.one(&of)) else {
            return;
        };
        let before = self.now();
        let kinds = [
            Basis::Parental,
            Basis::Parental,
            Basis::CourtOrder,
            Basis::PowerOfAttorney,
        ];
        let kind = self.dice.pick(&kinds);
        let is_parental = kind == Basis::Parental;
        let is_of_unknown_age = people[dependent].born.is_none();
        let survives = !is_parental && (is_of_unknown_age || self.dice.chance(70));
        let ids = [guardian, dependent].map(|p| people[p].id.parse().unwrap());
        let ceiling = self.dice.chance(30).then(|| self.dice.pick(&CEILINGS));
        let proposal = Proposal {
            guardian: ids[0],
            dependent: ids[1],
            relationship: Relationship::Guardian,
            basis: basis(kind),
            access_level: level(self.dice.chance(70)),
            scope_ceiling: ceiling.map(|text| text.parse().unwrap()),
            ends_at: self.dice.chance(40).then(|| self.some_end(before)),
            survives_majority: survives,
            evidence_ref: (!is_parental).then(|| "case 1".to_owned()),
        };
        let mut tx = self.server.write().await;
        let org = clinic(&mut tx).await;
        let made =
            guardianship::propose(&mut tx, &self.server.notices(), &org, proposal, &staff()).await;
        let made = made.unwrap();
        tx.commit().await.unwrap();
        self.tell(&format!("{guardian} is proposed for {dependent}: {made:?}"));
        let expected = [before, self.now()].map(|at| {
            guardian != dependent
                && self.world.is_fit_guardian(guardian, at)
                && (!is_parental || self.world.is_minor(dependent, at))
                && !self.world.is_pair(guardian, dependent, at)
                && self.world.has_room_for_dependent(guardian, at)
                && self.world.has_room_for_guardian(dependent, at)
        });
        self.compare("proposing", &made.is_ok(), expected);
        if let Ok(row) = made {
            let status = Status::Pending {
                accepted: false,
                approved: false,
            };
            self.learn(&row, "GUARD", status);
        }
    }

    /// The guardian accepts or declines; staff approve.
    async fn answer(&mut self) {
        let waiting = self.relations(|row| matches!(row.status, Status::Pending { .. }));
        let Some(relation) = self.dice.one(&waiting) else {
            return;
        };
        let before = self.now();
        let (guardian, dependent, id, status) = {
            let row = &self.world.relations[relation];
            (row.guardian, row.dependent, row.id.clone(), row.status)
        };
        let Status::Pending { accepted, approved } = status else {
            return;
        };
        let person = self.world.people[guardian].id.parse().unwrap();
        let mut tx = self.server.write().await;
        let (org, stored) = (clinic(&mut tx).await, row(&mut tx, &id).await);
        if self.dice.chance(10) {
            let done = guardianship::decline(&mut tx, &self.server.notices(), &stored, person)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            self.tell(&format!("relation {relation} is declined"));
            self.compare("declining", &done, [true, true]);
            self.world.finish(relation, before);
            return;
        }
        let is_guardians = self.dice.chance(50);
        let done = match is_guardians {
            true => {
                guardianship::accept(
                    &mut tx,
                    &self.server.notices(),
                    &org,
                    &stored,
                    &Doer::Person(person),
                )
                .await
            }
            false => {
                guardianship::approve(&mut tx, &self.server.notices(), &org, &stored, &staff())
                    .await
            }
        };
        let done = done.unwrap();
        tx.commit().await.unwrap();
        self.tell(&format!(
            "relation {relation}, accepted {is_guardians}: {done:?}"
        ));
        let expected = [before, self.now()].map(|at| {
            let has_room = self.world.has_room_for_guardian(dependent, at);
            match is_guardians {
                true => has_room && !accepted && self.world.has_room_for_dependent(guardian, at),
                false => has_room && !approved,
            }
        });
        self.compare("answering", &done.is_ok(), expected);
        if done.is_ok() {
            let (accepted, approved) = (accepted || is_guardians, approved || !is_guardians);
            match accepted && approved {
                true => self.world.start(relation),
                false => {
                    self.world.relations[relation].status = Status::Pending { accepted, approved };
                }
            }
        }
    }

    /// Staff suspend, or resume.
    async fn hold(&mut self) {
        let suspended = self.relations(|row| row.status == Status::Suspended);
        let again = self.dice.one(&suspended).filter(|_| self.dice.chance(70));
        let active = self.relations(|row| row.status == Status::Active);
        let Some(relation) = again.or_else(|| self.dice.one(&active)) else {
            return;
        };
        let is_active = self.world.relations[relation].status == Status::Active;
        let id = self.world.relations[relation].id.clone();
        let mut tx = self.server.write().await;
        let stored = row(&mut tx, &id).await;
        let done = match is_active {
            true => {
                guardianship::suspend(
                    &mut tx,
                    &self.server.notices(),
                    &stored,
                    &staff(),
                    "dispute",
                )
                .await
            }
            false => guardianship::resume(&mut tx, &self.server.notices(), &stored, &staff()).await,
        };
        tx.commit().await.unwrap();
        self.tell(&format!("relation {relation} is held {is_active}"));
        self.compare("holding", &done.unwrap().is_ok(), [true, true]);
        match is_active {
            true => {
                self.world.relations[relation].status = Status::Suspended;
                self.issued.end_under(relation);
            }
            false => return self.world.start(relation),
        }
        if self.dice.chance(40) {
            Box::pin(self.hold()).await; // it was a mistake
        }
    }

    /// The guardian resigns, the adult takes a proxy back, or staff end it.
    async fn end(&mut self) {
        let open = self.relations(|row| row.status != Status::Ended);
        let Some(relation) = self.dice.one(&open) else {
            return;
        };
        let before = self.now();
        let row_ = &self.world.relations[relation];
        let (id, is_proxy) = (row_.id.clone(), row_.basis == Basis::Consent);
        let (guardian, dependent) = (row_.guardian, row_.dependent);
        let by = self.dice.below(3);
        let mut tx = self.server.write().await;
        let stored = row(&mut tx, &id).await;
        let leaves = [guardian, dependent].map(|p| self.world.people[p].id.parse().unwrap());
        let done = match by {
            0 | 1 => guardianship::leave(&mut tx, &self.server.notices(), &stored, leaves[by])
                .await
                .unwrap(),
            _ => {
                let why = (EndedReason::Revoked, Some("asked for"));
                let done = guardianship::finish_by_staff(
                    &mut tx,
                    &self.server.notices(),
                    &stored,
                    why,
                    &staff(),
                )
                .await;
                done.unwrap().is_ok()
            }
        };
        tx.commit().await.unwrap();
        self.tell(&format!("relation {relation} is ended by {by}: {done}"));
        let expected = by != 1 || is_proxy;
        self.compare("ending", &done, [expected, expected]);
        if done {
            self.world.finish(relation, before);
            self.issued.end_under(relation);
        }
    }

    /// Staff change reach, end or evidence.
    async fn change(&mut self) {
        let open = self.relations(|row| row.status != Status::Ended);
        let Some(relation) = self.dice.one(&open) else {
            return;
        };
        let (before, row_) = (self.now(), &self.world.relations[relation]);
        let is_proxy = row_.basis == Basis::Consent;
        let mut tx = self.server.write().await;
        let org = clinic(&mut tx).await;
        let mut stored = row(&mut tx, &row_.id).await;
        let ceiling = self.dice.chance(60).then(|| self.dice.pick(&CEILINGS));
        stored.scope_ceiling = ceiling.map(|text| text.parse().unwrap());
        if is_proxy {
            stored.access_level = AccessLevel::Limited;
        } else {
            stored.access_level = level(self.dice.chance(60));
            stored.ends_at = self.dice.chance(40).then(|| self.some_end(before));
            if self.dice.chance(30) {
                stored.evidence_ref = Some("assent".to_owned());
            }
        }
        let done = guardianship::change(&mut tx, &org, &stored, &staff())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.tell(&format!(
            "relation {relation} is changed: {stored:?} {done:?}"
        ));
        let lasts = [before, self.now()].map(|at| !self.world.is_over(relation, at));
        self.compare("changing", &done.is_ok(), lasts);
        if done.is_err() {
            return;
        }
        let row = &mut self.world.relations[relation];
        row.ceiling = ceiling;
        row.is_full = stored.access_level == AccessLevel::Full;
        row.ends = stored.ends_at.map(Timestamp::millis);
        row.has_evidence = stored.evidence_ref.is_some();
    }
}
