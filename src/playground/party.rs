//! The relying party itself, on the library `openidconnect`.
use std::{pin::Pin, sync::OnceLock};

use anyhow::Context;
use openidconnect::{
    AccessToken, AsyncHttpClient, AuthenticationFlow, AuthorizationCode, ClientId, CsrfToken,
    HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RefreshToken, Scope, TokenResponse,
    core::{CoreAuthPrompt, CoreClient, CoreProviderMetadata, CoreResponseType, CoreTokenResponse},
};
use serde_json::Value;

use super::visits::{Held, Started};
use crate::secret::Secret;

const CLIENT: &str = "playground";

/// The playground as a relying party.
pub(super) struct Party {
    issuer: String,
    http: Http,
}

/// Requests to our own issuer; no redirects, no proxy. Made at first use.
struct Http(OnceLock<reqwest::Client>);

impl Http {
    fn client(&self) -> &reqwest::Client {
        self.0.get_or_init(|| {
            let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
            builder.no_proxy().build().unwrap_or_default()
        })
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = reqwest::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Self::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = self.client().execute(request.try_into()?).await?;
            let mut response = http::Response::new(Vec::new());
            *response.status_mut() = answer.status();
            *response.headers_mut() = answer.headers().clone();
            *response.body_mut() = answer.bytes().await?.to_vec();
            Ok(response)
        })
    }
}

impl Party {
    pub(super) fn new(issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            http: Http(OnceLock::new()),
        }
    }

    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    async fn metadata(&self) -> anyhow::Result<CoreProviderMetadata> {
        let issuer = IssuerUrl::new(self.issuer.clone())?;
        let found = CoreProviderMetadata::discover_async(issuer, &self.http).await;
        found.context("discovery failed")
    }

    fn back(&self) -> anyhow::Result<RedirectUrl> {
        Ok(RedirectUrl::new(format!(
            "{}/playground/callback",
            self.issuer
        ))?)
    }

    /// Where to send the person, and what to remember until the answer comes.
    pub(super) async fn start(
        &self,
        scopes: &[String],
        prompt: Option<&str>,
    ) -> anyhow::Result<(String, Started)> {
        let client = CoreClient::from_provider_metadata(
            self.metadata().await?,
            ClientId::new(CLIENT.to_owned()),
            None,
        )
        .set_redirect_uri(self.back()?);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let mut request = client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        for scope in scopes.iter().filter(|scope| *scope != "openid") {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        if let Some(prompt) = prompt {
            request = request.add_prompt(match prompt {
                "login" => CoreAuthPrompt::Login,
                "consent" => CoreAuthPrompt::Consent,
                _ => CoreAuthPrompt::SelectAccount,
            });
        }
        let (address, state, nonce) = request.set_pkce_challenge(challenge).url();
        let started = Started {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: Secret::new(verifier.into_secret()),
        };
        Ok((address.into(), started))
    }

    /// Exchanges a code, and verifies the ID token.
    pub(super) async fn redeem(&self, code: &str, started: Started) -> anyhow::Result<Held> {
        let client = CoreClient::from_provider_metadata(
            self.metadata().await?,
            ClientId::new(CLIENT.to_owned()),
            None,
        )
        .set_redirect_uri(self.back()?);
        let verifier = PkceCodeVerifier::new(started.verifier.expose().to_owned());
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))?
            .set_pkce_verifier(verifier)
            .request_async(&self.http)
            .await
            .context("the code was not accepted")?;
        let nonce = Nonce::new(started.nonce);
        if let Some(token) = answer.id_token() {
            let verifier = client.id_token_verifier();
            token
                .claims(&verifier, &nonce)
                .context("the ID token is not sound")?;
        }
        let userinfo = self.userinfo(answer.access_token()).await?;
        held(&answer, userinfo, None)
    }

    /// Exchanges a refresh token.
    pub(super) async fn refresh(&self, old: Held) -> anyhow::Result<Held> {
        let token = old
            .refresh_token
            .clone()
            .context("there is no refresh token")?;
        let client = CoreClient::from_provider_metadata(
            self.metadata().await?,
            ClientId::new(CLIENT.to_owned()),
            None,
        );
        let token = RefreshToken::new(token.expose().to_owned());
        let answer = client
            .exchange_refresh_token(&token)?
            .request_async(&self.http)
            .await
            .context("the refresh token was not accepted")?;
        let userinfo = self.userinfo(answer.access_token()).await?;
        held(&answer, userinfo, old.id_token)
    }

    async fn userinfo(&self, token: &AccessToken) -> anyhow::Result<Value> {
        let address = format!("{}/userinfo", self.issuer);
        let request = self.http.client().get(address).bearer_auth(token.secret());
        let answer = request.send().await?.bytes().await?;
        Ok(serde_json::from_slice(&answer).unwrap_or(Value::Null))
    }
}

fn held(
    answer: &CoreTokenResponse,
    userinfo: Value,
    id_token: Option<String>,
) -> anyhow::Result<Held> {
    let mut shown = serde_json::to_value(answer)?;
    for secret in ["access_token", "refresh_token", "id_token"] {
        if let Some(value) = shown.get_mut(secret) {
            *value = Value::from("…");
        }
    }
    let fresh = answer.id_token().map(ToString::to_string);
    Ok(Held {
        access_token: answer.access_token().secret().clone(),
        id_token: fresh.or(id_token),
        refresh_token: answer
            .refresh_token()
            .map(|token| Secret::new(token.secret())),
        userinfo,
        answer: shown,
    })
}
