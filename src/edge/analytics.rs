//! Workers Analytics Engine, where the deployment binds a dataset as `ANALYTICS`.

use worker::{AnalyticsEngineDataPointBuilder, Env};

use super::log;
use crate::directory::Told;
use crate::metrics::DataPoint;

/// Writes a report's row. The runtime collects rows and sends them later; a row that is lost is lost.
pub(super) fn write(env: &Env, told: &Told) {
    let Ok(dataset) = env.analytics_engine("ANALYTICS") else { return };
    let DataPoint { index, blobs, doubles } = DataPoint::of(told);
    let point = AnalyticsEngineDataPointBuilder::new()
        .indexes([index.as_str()])
        .blobs(blobs)
        .doubles(doubles);
    if let Err(error) = point.write_to(&dataset) {
        log::error_at_times("analytics", Some(&told.room), &error.to_string());
    }
}
