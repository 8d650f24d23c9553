//! `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693, DOMAIN.md 10): the subject
//! token says whose data or authority is wanted, the actor token who acts.
//!
//! Whatever keeps the two apart, the answer is the same: it says nothing of what exists.
mod asked;
mod hcp;
mod machine;
mod person;

use self::asked::{Asked, Subject};
use crate::{
    audit::{Action, Event},
    clients::GrantType,
    oauth::{
        Code, Refusal,
        client_auth::Caller,
        token::{Answer, Request, Yield},
    },
    service_accounts::Mode,
    tokens::Issued,
    web::Failure,
};

/// The grant type's name.
pub(in crate::oauth) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const HCP_TOKEN: &str = "urn:tutela:token-type:hcp-token";
const SUBJECT: &str = "urn:tutela:token-type:subject";

/// Issues a token by which the actor acts for the subject.
pub(in crate::oauth) async fn exchange(request: &Request<'_>) -> Result<Answer, Failure> {
    let asked = match asked::read(request.params) {
        Ok(asked) => asked,
        Err(refusal) => return Ok(Err(refusal)),
    };
    match request.caller {
        Caller::Client(client) if client.may_use(GrantType::TokenExchange) => match asked.subject {
            Subject::Standing(subject) => {
                person::exchange(request, client, (subject, &asked)).await
            }
            Subject::Hcp(token) => hcp::exchange(request, client, (token, &asked)).await,
            // Only a machine can be named by `may_act`.
            Subject::Present(_) => Ok(record(request, Err(not_possible()), |event| event).await),
        },
        // The mode is a machine's registration for this grant (DOMAIN.md 10.1).
        Caller::Machine(account, source) if account.may(Mode::Provider) => {
            machine::exchange(request, (account, *source), &asked).await
        }
        _ => Ok(Err(Refusal::unregistered_grant())),
    }
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

/// Writes down who wanted to act for whom, also where he may not (N-20). It changes nothing
/// else, so it is written beside the request, as for every token of which no row is kept.
async fn record(
    request: &Request<'_>,
    answer: Answer,
    tell: impl FnOnce(Event) -> Event,
) -> Answer {
    let event = match &answer {
        Ok(_) => Event::done(Action::TokenExchanged),
        Err(refusal) => Event::refused(Action::TokenExchanged, refusal.code.name()),
    };
    let event = tell(event).through(request.caller.id());
    request.app.later.record(event, request.origin).await;
    answer
}
