//! `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693, DOMAIN.md 10): the subject
//! token says whose data or authority is wanted, the actor token who acts.
//!
//! Whatever keeps the two apart, the answer is the same: it says nothing of what exists.
mod asked;
mod person;

use self::asked::{Asked, Subject};
use crate::{
    audit::{self, Action, Event},
    clients::GrantType,
    oauth::{
        Code, Refusal,
        token::{Answer, Request, Yield},
    },
    tokens::Issued,
    web::Failure,
};

/// The grant type's name.
pub(in crate::oauth) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const SUBJECT: &str = "urn:tutela:token-type:subject";

/// Issues a token by which the actor acts for the subject.
pub(in crate::oauth) async fn exchange(request: &Request<'_>) -> Result<Answer, Failure> {
    let client = match request.client(GrantType::TokenExchange) {
        Ok(client) => client,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let asked = match asked::read(request.params) {
        Ok(asked) => asked,
        Err(refusal) => return Ok(Err(refusal)),
    };
    person::exchange(request, client, &asked).await
}

/// The two have nothing to do with each other, or not any more, or the subject does not
/// exist, or a token is not good: always this.
fn not_possible() -> Refusal {
    Refusal::new(Code::InvalidRequest, "The exchange is not possible.")
}

fn nothing_to_grant() -> Refusal {
    Refusal::new(Code::InvalidScope, "None of the scopes can be granted.")
}

const fn yields(issued: Issued) -> Yield {
    Yield {
        issued,
        refresh_token: None,
        issued_token_type: Some(ACCESS_TOKEN),
    }
}

/// Writes down who wanted to act for whom, with the token where one is issued: nobody acts
/// for another unseen (N-20).
async fn record(
    request: &Request<'_>,
    answer: Answer,
    tell: impl FnOnce(Event) -> Event,
) -> Result<Answer, Failure> {
    let event = match &answer {
        Ok(_) => Event::done(Action::TokenExchanged),
        Err(refusal) => Event::refused(Action::TokenExchanged, refusal.code.name()),
    };
    let event = tell(event).through(request.caller.id());
    if answer.is_err() {
        request.app.later.record(event, request.origin).await;
        return Ok(answer);
    }
    let mut tx = request.app.store.write_from(request.origin).await?;
    audit::record(&mut tx, event).await?;
    tx.commit().await?;
    Ok(answer)
}
