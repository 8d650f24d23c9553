//! Libraries that are not ours complete the flow.
mod resource_servers;

#[expect(dead_code, reason = "its main serves for ever")]
#[path = "../../docs/examples/resource_server.rs"]
mod example;

use std::{pin::Pin, process::Command};

use openidconnect::{
    AsyncHttpClient, AuthenticationFlow, AuthorizationCode, ClientId, CsrfToken, HttpRequest,
    HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, Scope,
    TokenResponse,
    core::{CoreClient, CoreProviderMetadata, CoreResponseType, CoreUserInfoClaims},
};

use crate::harness::{Browser, EMILY, Server};

struct Http(reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = reqwest::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Self::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = self.0.execute(request.try_into()?).await?;
            let mut response = http::Response::new(Vec::new());
            *response.status_mut() = answer.status();
            *response.headers_mut() = answer.headers().clone();
            *response.body_mut() = answer.bytes().await?.to_vec();
            Ok(response)
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn openidconnect_for_rust_completes_the_flow() {
    let server = Server::spawn().await;
    let http = Http(reqwest::Client::new());
    let issuer = IssuerUrl::new(server.url.clone()).unwrap();
    let metadata = CoreProviderMetadata::discover_async(issuer, &http)
        .await
        .unwrap();
    let client =
        CoreClient::from_provider_metadata(metadata, ClientId::new("family-app".into()), None)
            .set_redirect_uri(RedirectUrl::new("http://127.0.0.1:7001/callback".into()).unwrap());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
    let (address, state, nonce) = client
        .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("profile".into()))
        .set_pkce_challenge(challenge)
        .url();
    let browser = Browser::new(&server.url);
    let page = browser.open(address.as_str()).await;
    let page = browser.sign_in(&page, "john@example.test").await;
    let page = browser.choose(&page, EMILY).await;
    let answer = browser.decide(&page, "allow").await.answer();
    assert_eq!(&answer["state"], state.secret());
    let tokens = client
        .exchange_code(AuthorizationCode::new(answer["code"].clone()))
        .unwrap()
        .set_pkce_verifier(verifier)
        .request_async(&http)
        .await
        .unwrap();
    let verifier = client.id_token_verifier();
    let claims = tokens
        .id_token()
        .unwrap()
        .claims(&verifier, &nonce)
        .unwrap();
    assert_eq!(claims.subject().as_str(), EMILY);
    let info: CoreUserInfoClaims = client
        .user_info(
            tokens.access_token().to_owned(),
            Some(claims.subject().to_owned()),
        )
        .unwrap()
        .request_async(&http)
        .await
        .unwrap();
    assert_eq!(
        info.given_name().unwrap().get(None).unwrap().as_str(),
        "Emily"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn authlib_for_python_completes_the_flow() {
    let python = std::env::var("TEST_PYTHON")
        .unwrap_or_else(|_| "target/relying-party/bin/python".to_owned());
    let server = Server::spawn().await;
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/relying_parties/authlib_flow.py"
    );
    let url = server.url.clone();
    let run = move || Command::new(python).args([script, &url, EMILY]).output();
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let output = output.expect("tests/run installs the relying party");
    let (told, wrong) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{told}\n{wrong}");
    assert!(told.contains("verified"), "{told}");
}
