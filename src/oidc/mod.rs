//! OpenID Connect beside the authorization endpoint: what the server says of itself, its
//! keys, UserInfo, and signing out.
mod discovery;
mod jwks;
mod logout;
mod userinfo;

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::Response,
};

use crate::web::App;

/// The routes that show pages and need the browser's session.
pub fn pages() -> Router<App> {
    logout::routes()
}

/// What any web page may read.
pub fn public_routes() -> Router<App> {
    let public = discovery::routes().merge(jwks::routes());
    public.route_layer(middleware::from_fn(open_to_all))
}

/// UserInfo; who may read it is decided by `oauth::cors`.
pub fn userinfo_routes() -> Router<App> {
    userinfo::routes()
}

async fn open_to_all(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let anybody = HeaderValue::from_static("*");
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, anybody);
    response
}
