internal import CKafka
internal import Runtime

/// Owns one client of librdkafka and its main queue. The library locks what it shares.
///
/// The client is destroyed, on a thread of its own, when the last reference goes.
final class KafkaClient: @unchecked Sendable {
    // Safety of `@unchecked`: nothing changes after `init`; librdkafka's handles may be used from
    // any thread.

    enum Kind {
        case producer
        /// A consumer that belongs to a group.
        case member
        /// A consumer that does not.
        case reader
    }

    let handle: OpaquePointer
    /// Where events come, a consumer's as well.
    let queue: OpaquePointer
    private let log: Unmanaged<ClientLog>
    private let pipe: WakePipe?

    /// Starts the client's threads; they connect in the background.
    ///
    /// - Parameters:
    ///   - own: what this kind of client needs; the configuration's `extra` wins.
    ///   - events: what comes to `queue` instead of callbacks.
    ///   - pipe: is closed after the client.
    init(
        _ kind: Kind, _ configuration: BusConfiguration, own: [(String, String)] = [],
        events: Int32 = 0, pipe: WakePipe? = nil, logger: Logger?
    ) throws(BusError) {
        let settings = rd_kafka_conf_new()!
        let properties =
            configuration.properties + own + configuration.extra.map { ($0.key, $0.value) }
        do {
            try BusConfiguration.set(properties, on: settings)
        } catch {
            rd_kafka_conf_destroy(settings)
            throw error
        }
        log = .passRetained(ClientLog(logger))
        rd_kafka_conf_set_opaque(settings, log.toOpaque())
        rd_kafka_conf_set_log_cb(settings, ClientLog.callback)
        rd_kafka_conf_set_events(settings, events | RD_KAFKA_EVENT_ERROR)
        var reason = [CChar](repeating: 0, count: 512)
        let type = kind == .producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER
        guard let handle = rd_kafka_new(type, settings, &reason, reason.count) else {
            rd_kafka_conf_destroy(settings)
            log.release()
            throw BusConfiguration.refusal(
                "Kafka cannot be used as configured: \(BusConfiguration.text(reason)).")
        }
        self.handle = handle
        self.pipe = pipe
        if kind == .member {
            rd_kafka_poll_set_consumer(handle)
            queue = rd_kafka_queue_get_consumer(handle)
        } else {
            queue = rd_kafka_queue_get_main(handle)
        }
    }

    /// Drops what nobody polls for.
    func discardEvents() {
        while let event = rd_kafka_queue_poll(queue, 0) { rd_kafka_event_destroy(event) }
    }

    /// Lets records of a producer fail that have no result yet.
    func purge(_ which: Int32) {
        _ = rd_kafka_purge(handle, which | RD_KAFKA_PURGE_F_NON_BLOCKING)
    }

    /// What broke the client for good, if anything did.
    func fatalError() -> BusError? {
        // Asked after every turn of a producer, and hardly ever there: no room for the reason yet.
        let error = rd_kafka_fatal_error(handle, nil, 0)
        if error == RD_KAFKA_RESP_ERR_NO_ERROR { return nil }
        var reason = [CChar](repeating: 0, count: 512)
        _ = rd_kafka_fatal_error(handle, &reason, reason.count)
        return BusError(
            .fatal, operation: "run", message: BusConfiguration.text(reason),
            number: error.rawValue)
    }

    deinit {
        let remains = Remains(handle: handle, queue: queue, log: log, pipe: pipe)
        NamedThread.start("kafka") { remains.destroy() }
    }

    private struct Remains: @unchecked Sendable {
        // Safety of `@unchecked`: belongs to the thread that destroys it.
        let handle: OpaquePointer
        let queue: OpaquePointer
        let log: Unmanaged<ClientLog>
        let pipe: WakePipe?

        func destroy() {
            rd_kafka_queue_destroy(queue)
            rd_kafka_destroy(handle)
            pipe?.close()
            log.release()
        }
    }
}
