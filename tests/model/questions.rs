//! What the server is asked after each step.
use serde_json::Value;

use super::{
    History,
    issued::Token,
    reach::{Reach, Words, common, reach, words},
    world::{Basis, Chosen, Moment},
};
use crate::{
    exchange::SUBJECT,
    harness::{Tokens, claims},
};

/// Of how many of the latest there is asked.
const LATEST: usize = 40;
/// The longest life of a token, in seconds (9.1).
const OWN_LIFE: i64 = 600;
const DELEGATED_LIFE: i64 = 300;

/// Who a token is about, and who acts (T-03, T-10).
#[derive(Debug, PartialEq, Eq)]
struct Named {
    subject: String,
    /// `act`: its `sub`, `relationship` and `relation_id`.
    act: Option<[String; 3]>,
}

fn named(said: &Value) -> Named {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let act = said.get("act");
    Named {
        subject: text(&said["sub"]),
        act: act.map(|act| ["sub", "relationship", "relation_id"].map(|name| text(&act[name]))),
    }
}

impl History {
    pub(super) async fn ask(&mut self) {
        match self.dice.below(100) {
            0..=17 => self.ask_sign_in().await,
            18..=40 => self.ask_redeem().await,
            41..=60 => self.ask_refresh().await,
            61..=75 => self.ask_exchange().await,
            _ => self.ask_user_info().await,
        }
        for _ in 0..2 {
            self.ask_introspect().await;
        }
    }

    fn named(&self, chosen: &Chosen) -> Named {
        let act = chosen.relation.map(|relation| {
            let row = &self.world.relations[relation];
            let guardian = self.world.people[row.guardian].id.clone();
            [guardian, row.relationship.to_owned(), row.id.clone()]
        });
        Named {
            subject: self.world.people[chosen.subject].id.clone(),
            act,
        }
    }

    /// Any of the latest, rather one that `is_meant` holds for: what is about to end.
    fn latest(&self, count: usize, is_meant: impl Fn(usize) -> bool) -> Option<usize> {
        let meant: Vec<_> = (0..count).filter(|place| is_meant(*place)).collect();
        if let Some(place) = self.dice.one(&meant).filter(|_| self.dice.chance(50)) {
            return Some(place);
        }
        let all: Vec<_> = (count.saturating_sub(LATEST)..count).collect();
        self.dice.one(&all)
    }

    pub(super) async fn ask_redeem(&mut self) {
        let codes = &self.issued.codes;
        let is_meant = |place: usize| self.is_of_interest(codes[place].grant);
        let place = self.latest(codes.len(), is_meant);
        let Some(code) = place.map(|place| self.issued.codes.remove(place)) else {
            return Box::pin(self.ask_sign_in()).await;
        };
        let before = self.now();
        let answer = self.app.redeem(&code.text).await;
        self.tell(&format!(
            "the code of grant {}: {}",
            code.grant, answer.status
        ));
        let good = |at| at < code.expires && self.issued.is_good(&self.world, code.grant, at);
        let expected = [before, self.now()].map(good);
        self.compare("a code", &(answer.status == 200), expected);
        self.learn_tokens(code.grant, &answer, before);
    }

    async fn ask_refresh(&mut self) {
        let grants = &self.issued.grants;
        let place = self.latest(grants.len(), |place| self.is_of_interest(place));
        let Some(place) = place else { return };
        let Some(refresh) = self.issued.grants[place].refresh.clone() else {
            return;
        };
        let before = self.now();
        let answer = self.app.refresh(&refresh).await;
        self.tell(&format!("grant {place} is refreshed: {}", answer.status));
        let good = |at| self.issued.is_good(&self.world, place, at);
        let expected = [before, self.now()].map(good);
        self.compare("a refresh", &(answer.status == 200), expected);
        if answer.status != 200 {
            self.compare("why", &answer.error(), ["invalid_grant"; 2]);
        }
        self.learn_tokens(place, &answer, before);
    }

    /// Looks at what was issued under a grant. What was refused ends it (T-02).
    fn learn_tokens(&mut self, place: usize, answer: &Tokens, before: Moment) {
        let grant = &self.issued.grants[place];
        let (chosen, scope, asked) = (grant.chosen, grant.words.clone(), grant.reach.clone());
        if answer.status != 200 {
            self.issued.grants[place].is_revoked = true;
            return;
        }
        self.learn_token((place, chosen), answer, (&scope, &asked), before);
        let is_delegated = chosen.relation.is_some();
        let banner = answer.body["need_patient_banner"] == true;
        self.compare("need_patient_banner", &banner, [is_delegated; 2]);
        let refresh = answer.body["refresh_token"].as_str().map(str::to_owned);
        let has_refresh = scope.contains("offline_access");
        self.compare("a refresh token", &refresh.is_some(), [has_refresh; 2]);
        self.issued.grants[place].refresh = refresh;
        let id_token = claims(answer.body["id_token"].as_str().unwrap());
        let expected = [self.named(&chosen), self.named(&chosen)];
        self.compare("the ID token", &named(&id_token), expected);
        let exp = id_token["exp"].as_i64().unwrap();
        let end = self.end_of(&chosen);
        self.compare(
            "T-01 of the ID token",
            &end.is_none_or(|end| exp <= end),
            [true; 2],
        );
    }

    /// When what somebody acts by ends, in seconds.
    fn end_of(&self, chosen: &Chosen) -> Option<i64> {
        let end = match chosen.relation {
            Some(relation) => self.world.end(relation),
            None if self.world.people[chosen.subject].is_primary => None,
            None => self.world.majority(chosen.subject),
        };
        end.map(|end| end.div_euclid(1000))
    }

    fn learn_token(
        &mut self,
        (grant, chosen): (usize, Chosen),
        answer: &Tokens,
        (asked_words, asked): (&Words, &Reach),
        before: Moment,
    ) {
        let said = claims(answer.access());
        let expected = [self.named(&chosen), self.named(&chosen)];
        self.compare("the token", &named(&said), expected);
        let scope = answer.body["scope"].as_str().unwrap();
        self.compare("the scope told", &said["scope"].as_str(), [Some(scope); 2]);
        let reaches = [before, self.now()].map(|at| common(asked, &self.world.reach(&chosen, at)));
        self.compare("what it reaches", &reach(scope), reaches);
        let others: Words = words(scope)
            .into_iter()
            .filter(|word| !word.is_empty())
            .collect();
        self.compare(
            "its other scopes",
            &others,
            [asked_words.clone(), asked_words.clone()],
        );
        let subject = &self.world.people[chosen.subject];
        let wants = others.contains("launch/patient") || !reach(scope).is_empty();
        let has_patient = said.get("patient").is_some();
        let is_expected = wants && subject.has_record;
        self.compare("a patient", &has_patient, [is_expected; 2]);
        let kind = self.world.kind(&chosen);
        self.compare(
            "consumer_kind",
            &said["consumer_kind"].as_str(),
            [Some(kind); 2],
        );
        let purpose = self.purpose(&chosen);
        self.compare(
            "purpose_of_use",
            &said["purpose_of_use"][0].as_str(),
            [Some(purpose); 2],
        );
        self.compare_life(&chosen, &said);
        self.issued.tokens.push(Token {
            text: answer.access().to_owned(),
            grant,
            chosen,
            reach: reach(scope),
            words: others,
            has_patient,
            exp: said["exp"].as_i64().unwrap(),
        });
    }

    /// T-05.
    fn purpose(&self, chosen: &Chosen) -> &'static str {
        match chosen
            .relation
            .map(|relation| self.world.relations[relation].basis)
        {
            None => "urn:oid:2.16.840.1.113883.5.8#PATRQT",
            Some(Basis::Parental | Basis::Consent) => "urn:oid:2.16.840.1.113883.5.8#FAMRQT",
            Some(_) => "urn:oid:2.16.840.1.113883.5.8#PWATRNY",
        }
    }

    /// T-01: as long as promised, and no longer than the relation. Where the dependent's age
    /// narrows the reach it may end then, too.
    fn compare_life(&mut self, chosen: &Chosen, said: &Value) {
        let [iat, exp] = ["iat", "exp"].map(|name| said[name].as_i64().unwrap());
        let life = match chosen.relation {
            Some(_) => DELEGATED_LIFE,
            None => OWN_LIFE,
        };
        let most = self
            .end_of(chosen)
            .map_or(iat + life, |end| end.min(iat + life));
        let narrows = chosen
            .relation
            .and_then(|relation| self.world.narrows(relation));
        let least = narrows
            .map(|at| at.div_euclid(1000))
            .filter(|at| *at >= iat);
        let is_right = exp == most || Some(exp) == least.filter(|at| *at < most);
        self.compare(
            "its life",
            &(is_right, iat, exp, most),
            [(true, iat, exp, most); 2],
        );
    }

    pub(super) fn is_in_focus(&self, chosen: &Chosen) -> bool {
        chosen.relation.is_some() && chosen.relation == self.focus
    }

    /// Whether the grant is about to end, or just did.
    fn is_of_interest(&self, grant: usize) -> bool {
        self.is_in_focus(&self.issued.grants[grant].chosen) || self.issued.ended.contains(&grant)
    }

    fn a_token(&self) -> Option<Token> {
        let tokens = &self.issued.tokens;
        let is_meant = |place: usize| self.is_of_interest(tokens[place].grant);
        let place = self.latest(tokens.len(), is_meant)?;
        Some(self.issued.tokens[place].clone())
    }

    async fn ask_introspect(&mut self) {
        let Some(token) = self.a_token() else { return };
        let before = self.now();
        let said = self.app.introspect(&token.text).await;
        let after = self.now();
        let expected = [before, after].map(|at| self.issued.live(&self.world, &token, at));
        let is_active = said["active"] == true;
        let reached = is_active.then(|| reach(said["scope"].as_str().unwrap()));
        self.compare(&format!("introspecting {token:?}"), &reached, expected);
        if is_active {
            let expected = [self.named(&token.chosen), self.named(&token.chosen)];
            self.compare("who is introspected", &named(&said), expected);
        }
    }

    async fn ask_user_info(&mut self) {
        let Some(token) = self.a_token() else { return };
        let before = self.now();
        let answer = self.app.userinfo(&token.text).await;
        let is_live = |at| self.issued.live(&self.world, &token, at).is_some();
        let expected = [before, self.now()].map(is_live);
        self.compare(
            &format!("UserInfo of {token:?}"),
            &(answer.status == 200),
            expected,
        );
        if answer.status == 200 {
            let expected = [self.named(&token.chosen), self.named(&token.chosen)];
            self.compare("who is told of", &named(&answer.body), expected);
        }
    }

    /// 10.1, first row: the person behind a token acts for anybody he can think of.
    async fn ask_exchange(&mut self) {
        let Some(actor) = self.a_token() else { return };
        let subject = self.dice.below(self.world.people.len());
        let before = self.now();
        let fields = [
            (
                "grant_type",
                "urn:ietf:params:oauth:grant-type:token-exchange",
            ),
            ("subject_token", &*self.world.people[subject].id.clone()),
            ("subject_token_type", SUBJECT),
            ("actor_token", &actor.text),
            ("actor_token_type", crate::exchange::ACCESS_TOKEN),
        ];
        let answer = self.app.post("/token", &fields).await;
        self.tell(&format!(
            "{actor:?} is exchanged for {subject}: {}",
            answer.status
        ));
        let expected = [before, self.now()].map(|at| self.exchanged(&actor, subject, at));
        let is_sure = expected[0] == expected[1];
        let relation = expected[0].as_ref().map(|(relation, _)| *relation);
        let may = expected.map(|found| found.is_some());
        self.compare("an exchange", &(answer.status == 200), may);
        if answer.status != 200 || !is_sure {
            return;
        }
        let chosen = Chosen { subject, relation };
        let mut words = actor.words.clone();
        words.retain(|word| word != "offline_access" && word != "introspect");
        self.learn_token(
            (actor.grant, chosen),
            &answer,
            (&words, &actor.reach),
            before,
        );
        for never in ["refresh_token", "id_token"] {
            self.compare(never, &answer.body.get(never).is_none(), [true; 2]);
        }
    }

    /// By which relation the exchange is possible.
    fn exchanged(&self, actor: &Token, subject: usize, at: Moment) -> Option<(usize, Reach)> {
        let own = self.issued.live(&self.world, actor, at)?;
        if actor.chosen.relation.is_some() {
            return None; // T-03
        }
        let relation = (0..self.world.relations.len()).find(|r| {
            let row = &self.world.relations[*r];
            let is_theirs = row.guardian == actor.chosen.subject && row.dependent == subject;
            is_theirs && self.world.authorises(*r, at)
        })?;
        Some((relation, own))
    }
}
