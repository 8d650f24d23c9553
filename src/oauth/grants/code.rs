//! `authorization_code` (RFC 6749 §4.1.3).
//!
//! The first presentation spends the code, whatever else is wrong with the request; the
//! second ends the grant (SECURITY.md 1.1, 1.2).
use super::issue;
use crate::{
    audit::{self, Action, Event},
    clients::GrantType,
    grants::{self, Ending, Grant, Redeemed, Redemption},
    oauth::{
        Code, Refusal,
        rfc6749::{self, Presented},
        token::{Answer, Request, Yield},
    },
    secret::Secret,
    web::Failure,
};

/// Redeems a code.
pub(in crate::oauth) async fn redeem(request: &Request<'_>) -> Result<Answer, Failure> {
    let client = match request.client(GrantType::AuthorizationCode) {
        Ok(client) => client,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(code) = request.params.get("code") else {
        return Ok(Err(Refusal::new(Code::InvalidRequest, "code is missing.")));
    };
    let mut tx = request.app.store.write_from(request.origin).await?;
    let found = grants::redeem(&mut tx, &Secret::new(code)).await?;
    let (answer, event) = match found {
        Redemption::Unknown => return Ok(Err(not_good())),
        Redemption::Replayed(grant) => {
            let event = Event::refused(Action::CodeReplayed, "code_replayed");
            (Err(not_good()), told(event, &grant))
        }
        Redemption::Fresh(redeemed) => {
            let judged = judge(request, client, &redeemed).await?;
            let event = match &judged {
                Ok(_) => Event::done(Action::CodeRedeemed),
                Err(refusal) => {
                    grants::revoke(&mut tx, redeemed.grant.id, Ending::Revoked).await?;
                    Event::refused(Action::CodeRedeemed, refusal.code.name())
                }
            };
            (judged, told(event, &redeemed.grant))
        }
    };
    audit::record(&mut tx, event.through(client.id.as_str())).await?;
    tx.commit().await?;
    Ok(answer)
}

fn not_good() -> Refusal {
    Refusal::new(
        Code::InvalidGrant,
        "The code is unknown, expired or was used before.",
    )
}

/// Everything but the code itself: binding, PKCE, and the world as it is now (I-52).
async fn judge(
    request: &Request<'_>,
    client: &crate::clients::Client,
    redeemed: &Redeemed,
) -> Result<Answer, Failure> {
    let (app, grant) = (request.app, &redeemed.grant);
    let presented = Presented {
        params: request.params,
        client_id: &client.id,
        owner: &grant.client_id,
        binding: &redeemed.binding,
    };
    if let Err(refusal) = rfc6749::redeem(&presented) {
        return Ok(Err(refusal));
    }
    let standings = &app.standings;
    let standing = standings
        .of_grant(&app.store, &app.organizations, grant)
        .await?;
    let Some(standing) = standing else {
        let reason = "What the code was issued for is no longer allowed.";
        return Ok(Err(Refusal::new(Code::InvalidGrant, reason)));
    };
    let issued = issue(request, (grant, client, &standing), &grant.scope).await?;
    let may_refresh = client.may_use(GrantType::RefreshToken);
    Ok(issued.map(|issued| Yield {
        issued,
        refresh_token: redeemed
            .refresh_token(&app.family_key)
            .filter(|_| may_refresh),
        issued_token_type: None,
    }))
}

/// Who, about whom, in which grant.
pub(in crate::oauth) fn told(event: Event, grant: &Grant) -> Event {
    let capacity = &grant.capacity;
    event
        .by(capacity.person())
        .about(capacity.subject())
        .within(capacity.organization())
        .under(capacity.relation())
        .on(grant.id)
}
