//! What staff do to a consumer with one press: record that a minor counts as grown up, and
//! issue the code by which somebody takes over his account.
use axum::{Router, extract::Path, routing::post};
use serde::Deserialize;

use super::{
    consumer::{Shown, known, page},
    desk::{Answer, Desk},
    paths, words,
};
use crate::{
    access::Permission,
    accounts::Standing,
    guardianship::{self, IssueRefusal},
    web::{App, Faults, Form, Nothing, Problem, Texts, done},
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/admin/{org}/consumers/{account}/emancipate",
            post(emancipate),
        )
        .route(
            "/admin/{org}/consumers/{account}/handover-code",
            post(hand_over),
        )
}

#[derive(Debug, Deserialize)]
struct Evidence {
    #[serde(default)]
    evidence: String,
}

async fn emancipate(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    t: Texts,
    Form(typed): Form<Evidence>,
) -> Answer {
    desk.needs(Permission::GuardianshipsWrite)?;
    let mut tx = desk.write().await?;
    let known = known(&desk, &mut tx, &id).await?;
    let organization = desk.organization();
    let place = paths::consumer(organization.id, known.account.id);
    desk.needs_fresh(&place)?;
    if known.is_own {
        return Err(Problem::NotAllowed.into()); // I-16
    }
    let mut faults = Faults::default();
    let evidence = words::short(&t, &mut faults, "evidence", (&typed.evidence, 200));
    let is_open =
        known.account.standing == Standing::Dependent && known.account.emancipated_at.is_none();
    let (Some(evidence), true, true) = (evidence, faults.is_empty(), is_open) else {
        let words = match is_open {
            true => "fault-evidence",
            false => "refused-grown-up-already",
        };
        drop(tx);
        let shown = Shown::fault(&known, "evidence", t.get(words));
        return page(&desk, t, known, shown).await;
    };
    let doer = desk.doer();
    guardianship::emancipate(
        &mut tx,
        &desk.app.notices(),
        organization,
        known.account,
        &evidence,
        &doer,
    )
    .await?;
    tx.commit().await?;
    Ok(done(&place, "emancipated"))
}

/// The answer itself shows the code, once.
async fn hand_over(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    t: Texts,
    Form(Nothing {}): Form<Nothing>,
) -> Answer {
    desk.needs(Permission::GuardianshipsWrite)?;
    let mut tx = desk.write().await?;
    let known = known(&desk, &mut tx, &id).await?;
    let organization = desk.organization();
    desk.needs_fresh(&paths::consumer(organization.id, known.account.id))?;
    let (passwords, doer) = (&desk.app.passwords, desk.doer());
    let issued =
        guardianship::issue_code(&mut tx, passwords, organization, &known.account, &doer).await?;
    match issued {
        Err(IssueRefusal::OwnRelation) => Err(Problem::NotAllowed.into()),
        Err(IssueRefusal::WrongState) => {
            drop(tx);
            let shown = Shown::fault(&known, "handover", t.get("refused-no-handover"));
            page(&desk, t, known, shown).await
        }
        Ok(issued) => {
            tx.commit().await?;
            let until = t.moment(issued.expires_at);
            let shown = Shown::code(&known, (issued.code, until));
            page(&desk, t, known, shown).await
        }
    }
}
