//! Forms that bring a file, checked like any other before a handler sees them.
use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Multipart},
    http::Request,
    response::{IntoResponse, Response},
};

use super::{App, Browser, Fields, Problem, csrf};

/// A form that a page of ours sent from this very browser, with a file in the field `file`.
///
/// Refused are bodies that are no such form (415), broken ones (400), and forms without this
/// browser's token or from a foreign page (403). How large it may be is decided before.
pub struct FileForm {
    /// Everything but the file and the token.
    pub fields: Fields,
    /// What the file is called; empty when none was chosen.
    pub name: String,
    /// The file.
    pub bytes: Bytes,
}

impl FromRequest<App> for FileForm {
    type Rejection = Response;

    async fn from_request(request: Request<Body>, app: &App) -> Result<Self, Response> {
        let refuse = |problem: Problem| problem.into_response();
        let (mut parts, body) = request.into_parts();
        let browser = Browser::from_request_parts(&mut parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let is_ours = csrf::is_ours(&parts.headers, &app.config.issuer);
        let request = Request::from_parts(parts, body);
        let form = Multipart::from_request(request, app).await;
        let form = form.map_err(|_| refuse(Problem::NoForm))?;
        let mut read = read(form)
            .await
            .ok_or_else(|| refuse(Problem::BadRequest))?;
        let token = read.fields.one("csrf");
        if !is_ours || !token.is_some_and(|token| browser.is_token(token)) {
            tracing::info!(is_ours, "a form that is not ours was refused");
            return Err(refuse(Problem::ForeignForm));
        }
        read.fields.remove("csrf");
        Ok(read)
    }
}

/// `None`: it is broken, or has two files.
async fn read(mut form: Multipart) -> Option<FileForm> {
    let (mut pairs, mut file) = (Vec::new(), None);
    while let Some(field) = form.next_field().await.ok()? {
        let name = field.name()?.to_owned();
        if name == "file" {
            let called = field.file_name().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.ok()?;
            if file.replace((called, bytes)).is_some() {
                return None;
            }
        } else {
            pairs.push((name, field.text().await.ok()?));
        }
    }
    let mut fields = form_urlencoded::Serializer::new(String::new());
    let fields = fields.extend_pairs(pairs).finish();
    let (name, bytes) = file.unwrap_or_default();
    Some(FileForm {
        fields: Fields::parse(fields.as_bytes()).ok()?,
        name,
        bytes,
    })
}
