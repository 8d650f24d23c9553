//! Where everything is mounted.
use axum::{Router, routing::get};
use tower_http::catch_panic::CatchPanicLayer;

use super::{
    edge::{self, Edge},
    health::{self, Health},
    metrics,
};
use crate::{
    admin, api,
    config::Mode,
    oauth, oidc, pages, playground,
    web::{App, assets, face},
};

/// Every face behind the edge.
pub(super) fn public(app: &App, health: Health) -> Router {
    // A page's panic becomes a page, so it is caught below the layer that dresses them.
    let shown = pages::routes()
        .merge(admin::routes())
        .merge(oauth::pages())
        .merge(oidc::pages())
        .merge(api::pages())
        .merge(match app.config.mode {
            Mode::Demo => playground::routes(app),
            Mode::Serve => Router::new(),
        })
        .fallback(edge::unknown)
        .layer(CatchPanicLayer::custom(edge::caught));
    let faces = face::pages(app, shown)
        .merge(oauth::back_channel_routes(app, oidc::userinfo_routes()))
        .merge(oidc::public_routes())
        .merge(api::routes())
        .merge(assets::routes())
        .with_state(app.clone());
    guard(app, faces.merge(health::routes(health)))
}

/// Puts the edge around `routes`.
fn guard(app: &App, routes: Router) -> Router {
    routes.layer(Edge::new(app.clone()))
}

/// What only operators reach.
pub(super) fn figures(app: App) -> Router {
    let figures = async move || {
        metrics::set_state(&app);
        metrics::recorder().render()
    };
    Router::new().route("/metrics", get(figures))
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, extract::ConnectInfo, response::Response};
    use http::{Request, StatusCode, header};
    use http_body_util::BodyExt;
    use std::{net::SocketAddr, sync::Arc};
    use tempfile::TempDir;
    use tower::ServiceExt;

    use super::*;
    use crate::{
        clock::SystemClock,
        config::{Sources, load},
        random::SeededRandom,
        server::{Options, put_together},
        store::Schema,
        web::RequestOrigin,
    };

    async fn app(folder: &TempDir) -> App {
        let path = |name: &str| folder.path().join(name).display().to_string();
        let flag = |key: &str, value: String| (key.to_owned(), value);
        let sources = Sources {
            flags: vec![
                flag("database_url", format!("sqlite:{}", path("tutela.db"))),
                flag("keys_dir", path("keys")),
                flag("trusted_proxies", "10.0.0.0/8".to_owned()),
            ],
            ..Sources::default()
        };
        put_together(Options {
            config: load(&sources).unwrap().config,
            schema: Schema::Migrate,
            clock: Arc::new(SystemClock),
            random: Arc::new(SeededRandom::new(1)),
            program: std::path::PathBuf::new(),
        })
        .await
        .unwrap()
    }

    async fn get(routes: Router, path: &str) -> Response {
        let peer: SocketAddr = "10.0.0.1:4711".parse().unwrap();
        let request = Request::get(path)
            .header(header::HOST, "127.0.0.1:8080")
            .header("x-forwarded-for", "192.0.2.66, 203.0.113.9")
            .extension(ConnectInfo(peer));
        let request = request.body(Body::empty()).unwrap();
        routes.oneshot(request).await.unwrap()
    }

    async fn text(answer: Response) -> String {
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_panic_is_answered_with_500_and_the_reference_of_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let app = app(&folder).await;
        let bug = async || -> &'static str { panic!("hunter2") };
        let routes = guard(&app, Router::new().route("/token", axum::routing::get(bug)));
        let answer = get(routes, "/token").await;
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(answer.headers().contains_key("x-request-id"));
        let told = text(answer).await;
        assert!(told.contains("\"error\":\"server_error\""), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }

    #[tokio::test]
    async fn a_handler_learns_who_asked_through_the_trusted_proxy() {
        let folder = tempfile::tempdir().unwrap();
        let app = app(&folder).await;
        let tell = async |RequestOrigin(origin): RequestOrigin| {
            format!("{} {}", origin.address.unwrap(), origin.request_id)
        };
        let answer = get(
            guard(&app, Router::new().route("/", axum::routing::get(tell))),
            "/",
        )
        .await;
        let id = answer.headers()["x-request-id"]
            .to_str()
            .unwrap()
            .to_owned();
        assert_eq!(text(answer).await, format!("203.0.113.9 {id}"));
    }

    #[tokio::test]
    async fn an_unknown_address_is_a_page_for_people_and_a_problem_for_programs() {
        let folder = tempfile::tempdir().unwrap();
        let app = app(&folder).await;
        let kind = async |path| {
            let answer = get(public(&app, Health::new(app.store.clone())), path).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND);
            answer.headers()[header::CONTENT_TYPE]
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert!(kind("/nowhere").await.starts_with("text/html"));
        assert_eq!(kind("/api/v1/nothing").await, "application/problem+json");
    }
}
