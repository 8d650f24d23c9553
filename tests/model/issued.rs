//! The reference: what was issued, and what of it is worth something at a moment (section 9).
use std::fmt;

use super::{
    reach::{Reach, Words, common},
    world::{Chosen, Moment, World},
};

/// What somebody allowed an application when he signed in.
#[derive(Debug)]
pub(super) struct Grant {
    pub(super) by: usize,
    pub(super) chosen: Chosen,
    pub(super) reach: Reach,
    pub(super) words: Words,
    pub(super) expires: Moment,
    pub(super) is_revoked: bool,
    /// The refresh token that is current.
    pub(super) refresh: Option<String>,
}

/// A code that nobody has redeemed.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) text: String,
    pub(super) grant: usize,
    pub(super) expires: Moment,
}

/// An access token.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) grant: usize,
    /// As whom; another than the grant's, where it was exchanged.
    pub(super) chosen: Chosen,
    pub(super) reach: Reach,
    pub(super) words: Words,
    pub(super) has_patient: bool,
    /// In seconds.
    pub(super) exp: i64,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Chosen { subject, relation } = self.chosen;
        write!(
            f,
            "the token for {subject} by {relation:?} of grant {}",
            self.grant
        )
    }
}

#[derive(Default)]
pub(super) struct Issued {
    pub(super) grants: Vec<Grant>,
    pub(super) codes: Vec<Code>,
    pub(super) tokens: Vec<Token>,
    /// The grants that ended last.
    pub(super) ended: Vec<usize>,
}

/// How many of them are remembered.
const ENDED: usize = 6;

impl World {
    /// Whether somebody may act so.
    pub(super) fn holds(&self, chosen: &Chosen, now: Moment) -> bool {
        match chosen.relation {
            Some(relation) => self.authorises(relation, now),
            None => self.is_himself(chosen.subject, now),
        }
    }

    /// How far somebody reaches who acts so.
    pub(super) fn reach(&self, chosen: &Chosen, now: Moment) -> Reach {
        match chosen.relation {
            Some(relation) => self.reach_of(relation, now),
            None => self.own_reach(chosen.subject),
        }
    }
}

impl Issued {
    /// Whether codes, refresh tokens and access tokens may come of the grant.
    pub(super) fn is_good(&self, world: &World, grant: usize, now: Moment) -> bool {
        let grant = &self.grants[grant];
        !grant.is_revoked && now < grant.expires && world.holds(&grant.chosen, now)
    }

    /// What the token still reaches; `None` when it is worth nothing (9.5).
    pub(super) fn live(&self, world: &World, token: &Token, now: Moment) -> Option<Reach> {
        let reach = common(&token.reach, &world.reach(&token.chosen, now));
        // Without any reach left, the token would name no patient now (15).
        let has_record = world.people[token.chosen.subject].has_record;
        let has_patient = has_record && wants_patient(token, &reach);
        let is_live = now.div_euclid(1000) < token.exp
            && self.is_good(world, token.grant, now)
            && world.holds(&token.chosen, now)
            && token.has_patient == has_patient;
        is_live.then_some(reach)
    }

    /// What was granted under the relation ends with it (4.3).
    pub(super) fn end_under(&mut self, relation: usize) {
        self.revoke(|grant| grant.chosen.relation == Some(relation));
    }

    /// What was granted to the person, or about him, ends.
    pub(super) fn end_of(&mut self, who: usize) {
        self.revoke(|grant| grant.by == who || grant.chosen.subject == who);
    }

    /// What the person granted as himself ends.
    pub(super) fn end_own(&mut self, who: usize) {
        self.revoke(|grant| grant.chosen.relation.is_none() && grant.by == who);
    }

    fn revoke(&mut self, is_meant: impl Fn(&Grant) -> bool) {
        for (place, grant) in self.grants.iter_mut().enumerate() {
            if is_meant(grant) && !grant.is_revoked {
                grant.is_revoked = true;
                self.ended.push(place);
            }
        }
        let old = self.ended.len().saturating_sub(ENDED);
        self.ended.drain(..old);
    }
}

/// `launch/patient`, or any `patient/` scope (9.6).
fn wants_patient(token: &Token, reach: &Reach) -> bool {
    token.words.contains("launch/patient") || !reach.is_empty()
}
