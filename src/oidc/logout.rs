//! `/logout`: an application signs somebody out (OpenID Connect RP-Initiated Logout 1.0).
//!
//! With an ID token of this very session the browser is signed out at once; else the
//! person is asked (SECURITY.md 5.8). People are sent on only to an address that the
//! client registered for this, byte for byte.
use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    body::Body,
    extract::{RawQuery, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use crate::{
    clients::{Client, ReturnTo},
    tokens::IdClaims,
    web::{App, Browser, Failure, Fields, Form, FormTarget, Page, Problem, Texts, form, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(paths::LOGOUT, get(begin).post(begin_by_form))
        .route("/logout/answer", get(begin).post(decide))
}

#[derive(Template)]
#[template(path = "oidc/logout.html")]
struct LogoutPage {
    t: Texts,
    /// `None` when nobody is signed in any more.
    csrf: Option<String>,
    action: String,
    /// The application's name and where to go on.
    back: Option<(String, String)>,
}

#[derive(Deserialize)]
struct Answer {
    logout: Decision,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Decision {
    Yes,
    No,
}

/// What an application asks for.
struct Asked {
    query: String,
    hint: Option<Arc<IdClaims>>,
    client: Option<std::sync::Arc<Client>>,
    back: Option<ReturnTo>,
    state: Option<String>,
}

async fn begin(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    browser: Browser,
    t: Texts,
) -> Result<Response, Failure> {
    let Some(asked) = Asked::read(&app, query.unwrap_or_default()).await? else {
        return Ok(Problem::BadRequest.into_response());
    };
    let Some(sign_in) = browser.sign_in().await? else {
        return asked.signed_out(t);
    };
    if asked
        .hint
        .as_ref()
        .is_some_and(|hint| hint.sid == Some(sign_in.session))
    {
        browser.end().await?;
        return asked.signed_out(t);
    }
    let page = LogoutPage {
        csrf: Some(browser.csrf().await?),
        action: format!("/logout/answer?{}", asked.query),
        back: None,
        t,
    };
    let target = asked
        .back
        .as_ref()
        .and_then(|back| FormTarget::of(back.as_str()));
    Ok(Page::new(page).leading_to(target).into_response())
}

/// As with `/authorize`: a form from another site comes without our cookie, so it becomes
/// a query.
async fn begin_by_form(headers: HeaderMap, body: Body) -> Response {
    let fields = match form::read(&headers, body).await {
        Ok(fields) => fields,
        Err(problem) => return problem.into_response(),
    };
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(fields.iter());
    Redirect::to(&format!("{}?{}", paths::LOGOUT, query.finish())).into_response()
}

async fn decide(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    browser: Browser,
    t: Texts,
    Form(answer): Form<Answer>,
) -> Result<Response, Failure> {
    let Some(asked) = Asked::read(&app, query.unwrap_or_default()).await? else {
        return Ok(Problem::BadRequest.into_response());
    };
    if answer.logout == Decision::No {
        return Ok(Redirect::to(&paths::account()).into_response());
    }
    browser.end().await?;
    asked.signed_out(t)
}

impl Asked {
    /// Reads a request. `None` when it makes no sense.
    async fn read(app: &App, query: String) -> Result<Option<Self>, Failure> {
        let Ok(fields) = Fields::parse(query.as_bytes()) else {
            return Ok(None);
        };
        if fields.repeated().is_some() {
            return Ok(None);
        }
        let value = |name: &str| fields.one(name).filter(|value| !value.is_empty());
        let hint = value("id_token_hint").and_then(|token| app.tokens.read_hint(&app.store, token));
        let named = value("client_id");
        let by_hint = hint.as_ref().map(|hint| hint.aud.as_str());
        if let (Some(named), Some(by_hint)) = (named, by_hint)
            && named != by_hint
        {
            return Ok(None);
        }
        let client = match by_hint.or(named) {
            Some(id) => app.clients.find(&app.store, id).await?,
            None => None,
        };
        let back = match (&client, value("post_logout_redirect_uri")) {
            (Some(client), Some(uri)) => client.return_after_sign_out(uri),
            _ => None,
        };
        Ok(Some(Self {
            state: value("state").map(str::to_owned),
            query,
            hint,
            client,
            back,
        }))
    }

    /// On to the application, or a page that says goodbye.
    fn signed_out(self, t: Texts) -> Result<Response, Failure> {
        let Some(back) = self.back else {
            let page = LogoutPage {
                t,
                csrf: None,
                action: String::new(),
                back: self.client.and_then(|client| {
                    let uri = client.registration.client_uri.clone()?;
                    Some((client.name.clone(), uri))
                }),
            };
            return Ok(Page::new(page).into_response());
        };
        let mut to = back.as_str().to_owned();
        if let Some(state) = self.state {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("state", &state);
            to.push(if to.contains('?') { '&' } else { '?' });
            to.push_str(&query.finish());
        }
        Ok(Redirect::to(&to).into_response())
    }
}
