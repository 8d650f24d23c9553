//! A random walk through relations, roles and states: after each step the server is asked
//! what a small model of the rules expects, for every row of DOMAIN.md 10.1 to 10.3 and for every
//! token that was issued on the way (N-02, N-06, N-09, N-16, T-01, T-02).
use std::collections::BTreeSet;

use serde_json::json;

use tutela::{
    access::Roles,
    accounts,
    audit::Doer,
    delegations::{self, NewDelegation},
    guardianship, hcps,
    id::HcpId,
    organizations::{self, Directory},
    providers::{self, Status},
    random::{Random, SeededRandom},
    service_accounts,
    store::Tx,
};

use super::{
    ACCESS_TOKEN, DINA, HCP_TOKEN, OLGA, account, clinic, exchange, hcps as professionals, hub,
    machines::delegate, own_token, sign_in,
};
use crate::harness::{App, BOT, EMILY, JOHN, Server, claims, histories};

const ORG: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001";
const DATABASE: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0101";
/// Exchanges that are asked for in all, five at each step of a walk.
const EXCHANGES: usize = 5_000;
/// Those of one walk.
const LONG: usize = 625;
/// Tokens of those that were issued lately that are asked about at each step.
const ASKED_ABOUT: usize = 5;

type Names = BTreeSet<&'static str>;

/// The rules, as small as they can be said.
#[derive(Debug, Clone)]
struct Model {
    is_john_active: bool,
    is_emily_active: bool,
    is_relation_active: bool,
    /// `None`: the membership is suspended.
    olga: Option<Names>,
    dina: Option<Names>,
    sarah: Option<Names>,
    is_bot_active: bool,
    is_hcp_active: bool,
    /// The id of the one that stands.
    delegation: Option<String>,
}

/// By which row of the table somebody acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Row {
    Guardian,
    Owner,
    Machine,
    /// 10.2: the provider is present by her own token.
    Present,
    /// 10.3
    Hcp,
}

/// A token that was issued on the way.
struct Issued {
    row: Row,
    token: String,
    /// The roles or the delegation that it was issued for.
    roles: Names,
    relation: Option<String>,
}

fn without_owner(roles: &Names) -> Names {
    let kept = roles.iter().filter(|name| **name != "OWNER");
    kept.copied().collect()
}

impl Model {
    /// The roles that a token of the row would have now. `None`: it is refused.
    fn roles(&self, row: Row) -> Option<Names> {
        match row {
            Row::Guardian => {
                (self.is_john_active && self.is_emily_active && self.is_relation_active)
                    .then(Names::new)
            }
            Row::Owner => {
                let (olga, dina) = (self.olga.as_ref()?, self.dina.as_ref()?);
                let may = olga.contains("OWNER") && !dina.contains("OWNER");
                may.then(|| dina.clone())
            }
            Row::Machine => {
                self.delegation.as_ref()?;
                let left = without_owner(self.sarah.as_ref()?);
                (self.is_bot_active && !left.is_empty()).then_some(left)
            }
            // Her own token carries the role that she had when she got it, and no other.
            Row::Present => {
                let is_live = self.sarah.as_ref()?.contains("PROVIDER");
                self.roles(Row::Machine).filter(|_| is_live)
            }
            Row::Hcp => self.is_hcp_active.then(Names::new),
        }
    }

    fn is_live(&self, issued: &Issued) -> bool {
        // Once issued, a token rests on the delegation, no more on her own token.
        let rests_on = match issued.row {
            Row::Present => Row::Machine,
            row => row,
        };
        let Some(roles) = self.roles(rests_on) else {
            return false;
        };
        match issued.row {
            Row::Guardian | Row::Hcp => true,
            Row::Owner => !roles.is_disjoint(&issued.roles),
            Row::Machine | Row::Present => {
                self.delegation == issued.relation && !roles.is_disjoint(&issued.roles)
            }
        }
    }
}

struct Walk {
    server: Server,
    random: SeededRandom,
    model: Model,
    sarah: String,
    /// The directory and the id of the HCP.
    hcp: (Directory, HcpId),
}

impl Walk {
    fn dice(&self, sides: u8) -> u8 {
        let mut byte = [0];
        self.random.fill(&mut byte);
        byte[0] % sides
    }

    fn roles(&self, choices: [&[&'static str]; 3]) -> Option<Names> {
        let choice = choices.get(usize::from(self.dice(4)))?;
        Some(choice.iter().copied().collect())
    }

    /// Things work more often than not, so that there is something to end.
    fn mostly(&self) -> bool {
        self.dice(4) != 0
    }

    /// Changes one thing, in the database and in the model.
    async fn step(&mut self) {
        let mut tx = self.server.write().await;
        match self.dice(9) {
            0 => {
                self.model.is_john_active = self.mostly();
                set_active(&mut tx, JOHN, self.model.is_john_active).await;
            }
            1 => {
                self.model.is_emily_active = self.mostly();
                set_active(&mut tx, EMILY, self.model.is_emily_active).await;
            }
            2 => {
                let relations = guardianship::of_guardian(&mut tx, JOHN.parse().unwrap()).await;
                let is_emily = |r: &guardianship::Guardianship| r.dependent.to_string() == EMILY;
                let relation = relations.unwrap().into_iter().find(is_emily).unwrap();
                let by = Doer::Person(OLGA.parse().unwrap());
                match self.model.is_relation_active {
                    true => {
                        guardianship::suspend(
                            &mut tx,
                            &self.server.notices(),
                            &relation,
                            &by,
                            "dispute",
                        )
                        .await
                    }
                    false => {
                        guardianship::resume(&mut tx, &self.server.notices(), &relation, &by).await
                    }
                }
                .unwrap()
                .unwrap();
                self.model.is_relation_active ^= true;
            }
            3 => {
                self.model.olga = self.roles([&["OWNER"], &["OWNER", "SUPPORT"], &["MEMBER"]]);
                set_roles(&mut tx, OLGA, self.model.olga.as_ref()).await;
            }
            4 => {
                let choices: [&[_]; 3] = [&["DISPATCH"], &["THERAPIST"], &["DISPATCH", "OWNER"]];
                self.model.dina = self.roles(choices);
                set_roles(&mut tx, DINA, self.model.dina.as_ref()).await;
            }
            5 => {
                let choices: [&[_]; 3] = [&["PROVIDER"], &["OWNER"], &["OWNER", "THERAPIST"]];
                self.model.sarah = self.roles(choices);
                set_roles(&mut tx, &self.sarah, self.model.sarah.as_ref()).await;
            }
            6 => {
                self.model.is_bot_active = self.mostly();
                let bot = service_accounts::find(&mut tx, BOT.parse().unwrap()).await;
                let mut bot = bot.unwrap().unwrap();
                bot.is_active = self.model.is_bot_active;
                service_accounts::put(&mut tx, &bot).await.unwrap();
            }
            7 => {
                self.model.is_hcp_active = self.mostly();
                set_hcp(&mut tx, &self.hcp, self.model.is_hcp_active).await;
            }
            _ => self.model.delegation = self.delegate(&mut tx).await,
        }
        tx.commit().await.unwrap();
    }

    /// Leaves or revokes the delegation that stands, or makes one where that is possible.
    async fn delegate(&self, tx: &mut Tx) -> Option<String> {
        let by = OLGA.parse().unwrap();
        if let Some(id) = &self.model.delegation {
            if self.mostly() {
                return Some(id.clone());
            }
            let found = delegations::find(tx, id.parse().unwrap()).await.unwrap();
            delegations::revoke(tx, &found.unwrap(), by).await.unwrap();
            return None;
        }
        let organization = organizations::get(tx, ORG.parse().unwrap()).await.unwrap();
        let new = NewDelegation {
            service_account: BOT.parse().unwrap(),
            provider: self.sarah.parse().unwrap(),
            scopes: "user/*.rs".parse().unwrap(),
            starts_at: None,
            ends_at: tx.now().plus_seconds(3600),
        };
        let made = delegations::delegate(tx, &organization.unwrap(), new, by).await;
        made.unwrap()
            .ok()
            .map(|delegation| delegation.id.to_string())
    }
}

async fn set_hcp(tx: &mut Tx, (directory, id): &(Directory, HcpId), is_active: bool) {
    let found = hcps::find(tx, directory.database.id, *id).await.unwrap();
    let hcp = found.unwrap();
    let to = hcps::Change {
        fit: hcps::Details::from(&hcp).check(hcp.kind).unwrap(),
        status: match is_active {
            true => hcps::Status::Active,
            false => hcps::Status::Disabled,
        },
    };
    let by = Doer::Person(OLGA.parse().unwrap());
    let changed = hcps::change(tx, directory, &hcp, &to, &by).await;
    changed.unwrap().unwrap();
}

async fn set_active(tx: &mut Tx, who: &str, is_active: bool) {
    let account = accounts::account(tx, who.parse().unwrap()).await.unwrap();
    let mut account = account.unwrap();
    account.status = match is_active {
        true => accounts::Status::Active,
        false => accounts::Status::Suspended,
    };
    accounts::update_account(tx, &account).await.unwrap();
}

async fn set_roles(tx: &mut Tx, who: &str, roles: Option<&Names>) {
    let (who, org) = (who.parse().unwrap(), ORG.parse().unwrap());
    let membership = providers::membership(tx, who, org).await.unwrap();
    let mut membership = membership.unwrap();
    match roles {
        None => membership.status = Status::Suspended,
        Some(roles) => {
            let names: Vec<_> = roles.iter().collect();
            membership.roles = Roles::parse(&names).unwrap();
            membership.status = Status::Active;
        }
    }
    providers::put(tx, &membership).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_changes_the_server_says_what_the_rules_say() {
    histories(EXCHANGES, LONG, walk).await;
}

/// Gives how many answers were compared.
async fn walk(seed: u64, exchanges: usize) -> usize {
    let server = clinic().await;
    let (hub, bot) = (hub(&server), App::bot(&server));
    let john = sign_in(
        &server,
        &hub,
        ("john@example.test", JOHN),
        "openid patient/*.rs",
    )
    .await;
    let scope = "openid on_behalf user/*.rs";
    let olga = sign_in(&server, &hub, ("olga@example.test", ""), scope).await;
    let own = own_token(&bot).await;
    let sarah = account(&server, "sarah@example.test").await;
    let delegation = delegate(&server, &sarah, &["user/*.rs"]).await;
    let sarahs = ("sarah@example.test", "");
    let present = sign_in(&server, &hub, sarahs, "openid user/*.rs").await;
    let api = professionals::olga(&server).await;
    let lee = json!({"type": "professional", "first_name": "Ann", "last_name": "Lee",
        "email": "lee@example.test"});
    let (hcp, of_hcp, _) = professionals::made(&server, &api, lee, 24 * 3600).await;
    let directory = {
        let mut tx = server.write().await;
        let found = organizations::directory(&mut tx, DATABASE.parse().unwrap()).await;
        found.unwrap().unwrap()
    };
    let one = |name: &'static str| Some(Names::from([name]));
    let mut walk = Walk {
        server,
        random: SeededRandom::new(seed),
        model: Model {
            is_john_active: true,
            is_emily_active: true,
            is_relation_active: true,
            olga: one("OWNER"),
            dina: one("DISPATCH"),
            sarah: one("PROVIDER"),
            is_bot_active: true,
            is_hcp_active: true,
            delegation: Some(delegation),
        },
        sarah: sarah.clone(),
        hcp: (directory, hcp.parse().unwrap()),
    };
    let reason = [("reason", "because of the walk")];
    let mut issued: Vec<Issued> = Vec::new();
    let mut compared = 0;
    for step in 0..exchanges / 5 {
        walk.step().await;
        let model = walk.model.clone();
        let by_token = [("subject_token_type", ACCESS_TOKEN)];
        let of_nobody = [
            ("subject_token_type", HCP_TOKEN),
            ("actor_token", ""),
            ("actor_token_type", ""),
        ];
        for (row, app, (subject, shown), (actor, changes)) in [
            (
                Row::Guardian,
                &hub,
                (EMILY, EMILY),
                (john.access(), &reason[..]),
            ),
            (Row::Owner, &hub, (DINA, DINA), (olga.access(), &reason)),
            (Row::Machine, &bot, (&sarah, &sarah), (&own, &reason)),
            (
                Row::Present,
                &bot,
                (&sarah, present.access()),
                (&own, &by_token),
            ),
            (Row::Hcp, &hub, (&hcp, &of_hcp), ("", &of_nobody)),
        ] {
            let answer = exchange(app, shown, actor, changes).await;
            let expected = model.roles(row);
            compared += 1;
            let told = format!(
                "seed {seed}, step {step}, {row:?}: {model:?}: {:?}",
                answer.body
            );
            assert_eq!(answer.status == 200, expected.is_some(), "{told}");
            if let Some(roles) = expected {
                let said = claims(answer.access());
                assert_eq!(said["sub"], subject, "{told}");
                assert_ne!(said["act"]["sub"], said["sub"], "{told}"); // T-04
                assert_eq!(said.get("act").is_none(), row == Row::Hcp, "{told}");
                assert!(answer.body["expires_in"].as_i64().unwrap() <= 300);
                issued.push(Issued {
                    row,
                    token: answer.access().to_owned(),
                    roles,
                    relation: model.delegation.clone(),
                });
            }
        }
        let lately = &issued[issued.len().saturating_sub(20)..];
        for _ in 0..ASKED_ABOUT.min(lately.len()) {
            let token = &lately[usize::from(walk.dice(20)) % lately.len()];
            let active = hub.introspect(&token.token).await["active"] == true;
            let told = format!("seed {seed}, step {step}, {:?}: {model:?}", token.row);
            assert_eq!(active, model.is_live(token), "{told}");
            compared += 1;
        }
    }
    assert!(
        issued.len() > exchanges / 20,
        "seed {seed}: the walk saw {}",
        issued.len()
    );
    compared
}
