//! Calls into the runtime that `worker` lacks, or has without `catch`: an exception that crosses an import
//! without it resets every room of the isolate.

use js_sys::{Array, Function, JsString, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// A hibernatable WebSocket, as the room's object holds it.
    #[wasm_bindgen(extends = js_sys::Object)]
    #[derive(Clone, PartialEq)]
    #[allow(unreachable_pub, reason = "in the signatures of exports")]
    pub type Socket;

    /// Queues a frame. To a socket that the peer has left it does nothing.
    #[wasm_bindgen(method, catch)]
    pub(super) fn send(this: &Socket, frame: &JsValue) -> Result<(), JsValue>;

    /// How many bytes the runtime holds that the peer has not taken. A runtime that does not count them has none.
    #[wasm_bindgen(method, getter, js_name = bufferedAmount)]
    pub(super) fn buffered_amount(this: &Socket) -> Option<f64>;

    #[wasm_bindgen(method, catch)]
    pub(super) fn close(this: &Socket, code: u16, reason: &str) -> Result<(), JsValue>;

    /// What outlives hibernation; 16 KiB at most.
    #[wasm_bindgen(method, catch, js_name = serializeAttachment)]
    pub(super) fn set_attachment(this: &Socket, attachment: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = deserializeAttachment)]
    pub(super) fn attachment(this: &Socket) -> Result<JsValue, JsValue>;

    /// Our mark on the object: the socket's slot while the room is awake.
    #[wasm_bindgen(method, getter, js_name = roomSlot)]
    pub(super) fn slot(this: &Socket) -> Option<u32>;

    #[wasm_bindgen(method, setter, js_name = roomSlot)]
    pub(super) fn set_slot(this: &Socket, slot: Option<u32>);

    /// `ctx` of the Durable Object.
    #[wasm_bindgen(extends = js_sys::Object)]
    pub(super) type ObjectState;

    /// Accepts a socket that does not keep the object awake.
    #[wasm_bindgen(method, catch, js_name = acceptWebSocket)]
    pub(super) fn accept(this: &ObjectState, socket: &Socket) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = getWebSockets)]
    pub(super) fn sockets(this: &ObjectState) -> Result<Array, JsValue>;

    /// When the runtime last answered a heartbeat of this socket; null, if it never has.
    #[wasm_bindgen(method, catch, js_name = getWebSocketAutoResponseTimestamp)]
    pub(super) fn auto_response_at(
        this: &ObjectState,
        socket: &Socket,
    ) -> Result<Option<js_sys::Date>, JsValue>;

    /// `ctx.storage`
    #[wasm_bindgen(extends = js_sys::Object)]
    pub(super) type Storage;

    /// Is done when everything that was written before is on disk.
    #[wasm_bindgen(method, catch)]
    pub(super) fn sync(this: &Storage) -> Result<js_sys::Promise, JsValue>;

    #[wasm_bindgen(method, getter)]
    pub(super) fn sql(this: &Storage) -> Sql;

    /// Runs `body` in a transaction; an exception out of it rolls back.
    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    pub(super) fn transaction(
        this: &Storage,
        body: &mut dyn FnMut() -> Result<(), JsValue>,
    ) -> Result<JsValue, JsValue>;

    /// Has the object called at a time, asleep or not. One row written.
    #[wasm_bindgen(method, catch, js_name = setAlarm)]
    pub(super) fn set_alarm(this: &Storage, millis: f64) -> Result<js_sys::Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = deleteAlarm)]
    pub(super) fn delete_alarm(this: &Storage) -> Result<js_sys::Promise, JsValue>;

    /// `ctx.storage.sql`
    #[wasm_bindgen(extends = js_sys::Object)]
    #[derive(Clone)]
    pub(super) type Sql;

    #[wasm_bindgen(method, catch, variadic)]
    pub(super) fn exec(this: &Sql, query: &JsString, values: &Array) -> Result<Cursor, JsValue>;

    pub(super) type Cursor;

    /// The rows as arrays of values.
    #[wasm_bindgen(method, catch)]
    pub(super) fn raw(this: &Cursor) -> Result<Rows, JsValue>;

    pub(super) type Rows;

    #[wasm_bindgen(method, catch, js_name = toArray)]
    pub(super) fn to_array(this: &Rows) -> Result<Array, JsValue>;

    #[wasm_bindgen(catch, js_namespace = crypto, js_name = randomUUID)]
    pub(super) fn random_uuid() -> Result<String, JsValue>;

    /// A key as the platform holds it. Not tied to the request that imported it.
    #[derive(Clone)]
    pub(super) type CryptoKey;

    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = importKey)]
    pub(super) fn import_key(
        format: &str,
        key: &JsValue,
        algorithm: &JsValue,
        extractable: bool,
        usages: &Array,
    ) -> Result<js_sys::Promise, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = verify)]
    pub(super) fn verify_signature(
        algorithm: &JsValue,
        key: &CryptoKey,
        signature: &Uint8Array,
        data: &Uint8Array,
    ) -> Result<js_sys::Promise, JsValue>;

    #[wasm_bindgen(catch, js_name = setTimeout)]
    pub(super) fn set_timeout(body: &Function, millis: f64) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = clearTimeout)]
    pub(super) fn clear_timeout(timer: &JsValue) -> Result<(), JsValue>;
}
