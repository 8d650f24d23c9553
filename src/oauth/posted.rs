//! What arrives at the back channel: a form, by whom is still to be found out.
use std::sync::Arc;

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::HeaderMap,
    response::{IntoResponse, Response},
};

use super::Params;
use crate::{store::Origin, web::RequestOrigin};

/// A form, with what the request says of its sender. As an extractor it takes the headers as
/// they are, which each by itself would copy.
pub(super) struct Posted {
    pub(super) origin: Arc<Origin>,
    pub(super) headers: HeaderMap,
    pub(super) params: Params,
}

impl<S: Sync> FromRequest<S> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let origin = RequestOrigin::from_request_parts(&mut parts, state).await;
        let RequestOrigin(origin) = origin.map_err(IntoResponse::into_response)?;
        let params = Params::form(&parts.headers, body).await;
        Ok(Self {
            origin,
            headers: parts.headers,
            params: params.map_err(IntoResponse::into_response)?,
        })
    }
}
