//! A browser and the application in it: signing in, choosing, allowing, and code flows.
use serde_json::Value;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// An application.
#[derive(Clone, Copy)]
pub(super) struct Client {
    id: &'static str,
    pub(super) secret: Option<&'static str>,
    returns_to: &'static str,
    scope: &'static str,
}

impl Client {
    /// A public one, which must be allowed.
    pub(super) const FAMILY_APP: Self = Self {
        id: "family-app",
        secret: None,
        returns_to: "http://127.0.0.1:7001/callback",
        scope: "openid profile patient/*.rs offline_access",
    };
    /// A confidential one, which is trusted and may introspect.
    pub(super) const PORTAL: Self = Self {
        id: "web-portal",
        secret: Some("development-only-portal-secret-0123456789"),
        returns_to: "http://127.0.0.1:7002/callback",
        scope: "openid delegations:write",
    };

    /// `request` with what proves this client.
    pub(super) fn proven(
        &self,
        request: reqwest::RequestBuilder,
        mut form: Vec<(&str, &str)>,
    ) -> reqwest::RequestBuilder {
        match self.secret {
            Some(secret) => request.basic_auth(self.id, Some(secret)).form(&form),
            None => {
                form.push(("client_id", self.id));
                request.form(&form)
            }
        }
    }
}

/// A browser with its cookies, in which `client` runs.
#[derive(Clone)]
pub(super) struct Browser {
    url: String,
    client: Client,
    http: reqwest::Client,
}

impl Browser {
    pub(super) fn new(url: &str, client: Client) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            url: url.to_owned(),
            client,
            http,
        })
    }

    fn authorize(&self, more: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs([
            ("client_id", self.client.id),
            ("redirect_uri", self.client.returns_to),
            ("response_type", "code"),
            ("scope", self.client.scope),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        query.extend_pairs(more);
        format!("{}/authorize?{}", self.url, query.finish())
    }

    /// Signs `username` in, chooses a child and allows the app where that is asked.
    pub(super) async fn sign_in(
        &self,
        username: &str,
        more: &[(&str, &str)],
    ) -> anyhow::Result<Value> {
        let mut at = self.authorize(more);
        for _ in 0..12 {
            let mut answer = self.http.get(&at).send().await?;
            if answer.headers().get("location").is_none() {
                let page = answer.text().await?;
                let form = filled_in(&page, username);
                answer = self.http.post(&at).form(&form).send().await?;
            }
            let location = answer.headers()["location"].to_str()?;
            if location.contains("code=") {
                return self.redeem(&answer).await;
            }
            at = url::Url::parse(&at)?.join(location)?.to_string();
        }
        anyhow::bail!("no code in twelve steps")
    }

    /// A complete flow of whoever is signed in: authorization and exchange.
    pub(super) async fn again(&self, id_token: &str) -> anyhow::Result<Value> {
        let silent = self.authorize(&[("prompt", "none"), ("id_token_hint", id_token)]);
        let answer = self.http.get(silent).send().await?;
        self.redeem(&answer).await
    }

    async fn redeem(&self, answer: &reqwest::Response) -> anyhow::Result<Value> {
        let to = url::Url::parse(answer.headers()["location"].to_str()?)?;
        let code = to
            .query_pairs()
            .find(|(name, _)| name == "code")
            .map(|(_, value)| value.into_owned());
        let code = code.ok_or_else(|| anyhow::anyhow!("no code in {to}"))?;
        let form = vec![
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", self.client.returns_to),
            ("code_verifier", VERIFIER),
        ];
        let request = self.http.post(format!("{}/token", self.url));
        let answer = self.client.proven(request, form).send().await?;
        anyhow::ensure!(answer.status() == 200, "not redeemed");
        Ok(serde_json::from_slice(&answer.bytes().await?)?)
    }
}

/// What somebody answers to a page.
fn filled_in(page: &str, username: &str) -> Vec<(&'static str, String)> {
    let after = |mark: &str| {
        let rest = page.split(mark).nth(1);
        let value = rest.and_then(|rest| rest.split('"').next());
        value.unwrap_or_default().to_owned()
    };
    let mut form = vec![("csrf", after("name=\"csrf\" value=\""))];
    if page.contains("login-form") {
        form.push(("username", username.to_owned()));
        form.push(("password", "correct horse battery staple".to_owned()));
    } else if page.contains("chooser-form") {
        let before_child = page.split("data-kind=\"dependent\"").next();
        let option = before_child
            .unwrap_or_default()
            .rsplit("name=\"option\" value=\"")
            .next();
        let option = option.and_then(|rest| rest.split('"').next());
        form.push(("option", option.unwrap_or_default().to_owned()));
    } else {
        form.push(("decision", "allow".to_owned()));
    }
    form
}
