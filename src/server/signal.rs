//! Being told to stop.

/// Waits for SIGTERM or SIGINT, and names it.
#[cfg(unix)]
pub(super) async fn told_to_stop() -> &'static str {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return interrupted().await;
    };
    tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        name = interrupted() => name,
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub(super) async fn told_to_stop() -> &'static str {
    interrupted().await
}

async fn interrupted() -> &'static str {
    match tokio::signal::ctrl_c().await {
        Ok(()) => "SIGINT",
        Err(_) => std::future::pending().await, // no such signal here
    }
}
