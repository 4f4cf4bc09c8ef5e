internal import CKafka
internal import Glibc
internal import Runtime

/// Changes of topics; each blocks until it is answered.
struct AdminRequests {
    let questions: ClusterQuestions
    private var client: OpaquePointer { questions.client.handle }

    /// Creates topics; those that exist already are left as they are.
    func create(_ topics: [TopicSpecification]) throws(BusError) {
        var wishes: [OpaquePointer?] = []
        defer { for wish in wishes { rd_kafka_NewTopic_destroy(wish) } }
        var reason = [CChar](repeating: 0, count: 512)
        for topic in topics {
            guard
                let wish = rd_kafka_NewTopic_new(
                    topic.name, topic.partitions, topic.replicas ?? -1, &reason, reason.count)
            else {
                throw BusConfiguration.refusal(
                    "The topic \(topic.name) cannot be: \(BusConfiguration.text(reason)).")
            }
            wishes.append(wish)
            if let retention = topic.retention {
                let value = retention >= .seconds(1 << 40) ? -1 : retention.inMilliseconds
                _ = rd_kafka_NewTopic_set_config(wish, "retention.ms", "\(value)")
            }
        }
        try request(RD_KAFKA_ADMIN_OP_CREATETOPICS, "create topics") { options, queue in
            rd_kafka_CreateTopics(client, &wishes, wishes.count, options, queue)
        } read: { event throws(BusError) in
            var count = 0
            let results = rd_kafka_CreateTopics_result_topics(
                rd_kafka_event_CreateTopics_result(event), &count)
            try Self.check(
                results, count, "create topic", except: RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
        }
    }

    func delete(_ topic: String) throws(BusError) {
        var wishes: [OpaquePointer?] = [rd_kafka_DeleteTopic_new(topic)]
        defer { rd_kafka_DeleteTopic_destroy(wishes[0]) }
        try request(RD_KAFKA_ADMIN_OP_DELETETOPICS, "delete topic") { options, queue in
            rd_kafka_DeleteTopics(client, &wishes, 1, options, queue)
        } read: { event throws(BusError) in
            var count = 0
            let results = rd_kafka_DeleteTopics_result_topics(
                rd_kafka_event_DeleteTopics_result(event), &count)
            try Self.check(results, count, "delete topic", except: RD_KAFKA_RESP_ERR_NO_ERROR)
        }
    }

    /// Makes a topic of a broker that creates topics when they are asked for.
    func makeByAsking(_ topic: String) throws(BusError) {
        guard let handle = rd_kafka_topic_new(client, topic, nil) else {
            throw BusError(rd_kafka_last_error(), operation: "create topic")
        }
        defer { rd_kafka_topic_destroy(handle) }
        var answer: UnsafePointer<rd_kafka_metadata>?
        let error = rd_kafka_metadata(client, 0, handle, &answer, questions.milliseconds)
        if let answer { rd_kafka_metadata_destroy(answer) }
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw BusError(error, operation: "create topic")
        }
    }

    /// Waits until every broker that is asked knows the topics.
    func waitUntilKnown(_ names: [String]) throws(BusError) {
        while true {
            let known = try questions.topics()
            guard let missing = names.first(where: { (known[$0] ?? 0) == 0 }) else { return }
            guard ContinuousClock.now < questions.deadline else {
                throw BusError(
                    .unreachable, operation: "create topic",
                    message: "the topic \(missing) does not appear")
            }
            usleep(20_000)
        }
    }

    // MARK: Parts

    private func request(
        _ kind: rd_kafka_admin_op_t, _ operation: String,
        send: (_ options: OpaquePointer?, _ queue: OpaquePointer?) -> Void,
        read: (_ event: OpaquePointer) throws(BusError) -> Void
    ) throws(BusError) {
        let options = rd_kafka_AdminOptions_new(client, kind)
        let queue = rd_kafka_queue_new(client)
        defer {
            rd_kafka_AdminOptions_destroy(options)
            rd_kafka_queue_destroy(queue)
        }
        var reason = [CChar](repeating: 0, count: 512)
        let time = questions.milliseconds
        _ = rd_kafka_AdminOptions_set_request_timeout(options, time, &reason, reason.count)
        send(options, queue)
        guard let event = rd_kafka_queue_poll(queue, time + 500) else {
            throw BusError(RD_KAFKA_RESP_ERR__TIMED_OUT, operation: operation)
        }
        defer { rd_kafka_event_destroy(event) }
        let error = rd_kafka_event_error(event)
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw BusError(
                error, operation: operation,
                message: rd_kafka_event_error_string(event).map { String(cString: $0) })
        }
        try read(event)
    }

    private static func check(
        _ results: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int, _ operation: String,
        except ignored: rd_kafka_resp_err_t
    ) throws(BusError) {
        for index in 0..<count {
            guard let result = results?[index] else { continue }
            let error = rd_kafka_topic_result_error(result)
            if error != RD_KAFKA_RESP_ERR_NO_ERROR, error != ignored {
                throw BusError(
                    error, operation: operation,
                    message: rd_kafka_topic_result_error_string(result).map { String(cString: $0) })
            }
        }
    }
}
