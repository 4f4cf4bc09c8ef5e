internal import EventTypes

/// Spans as `ExportTraceServiceRequest` in OTLP's JSON form: identifiers in hexadecimal, 64-bit
/// numbers as strings.
struct OTLPText: Sendable {
    let service: String
    let version: String

    func text(_ spans: [FinishedSpan]) -> String {
        var json = JSONText()
        json.begin("{")
        json.key("resourceSpans")
        json.begin("[")
        json.begin("{")
        json.key("resource")
        json.begin("{")
        attributes([("service.name", service), ("service.version", version)], into: &json)
        json.end("}")
        json.key("scopeSpans")
        json.begin("[")
        json.begin("{")
        json.key("scope")
        json.begin("{")
        json.field("name", "souk")
        json.end("}")
        json.key("spans")
        json.begin("[")
        for span in spans { append(span, to: &json) }
        for bracket in ["]", "}", "]", "}", "]", "}"] { json.end(bracket) }
        return json.text
    }

    private func append(_ span: FinishedSpan, to json: inout JSONText) {
        let start = span.start.microseconds * 1_000
        let (seconds, attoseconds) = span.duration.components
        let end = start + seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        json.begin("{")
        json.field("traceId", span.context.traceID.description)
        json.field("spanId", span.context.spanID.description)
        if let state = span.context.tracestate { json.field("traceState", state) }
        if let parent = span.parent { json.field("parentSpanId", parent.description) }
        json.field("name", span.name)
        json.key("kind")
        json.raw("\(span.kind.rawValue)")
        json.field("startTimeUnixNano", "\(start)")
        json.field("endTimeUnixNano", "\(end)")
        attributes(span.attributes, into: &json)
        if let failure = span.failure {
            json.key("status")
            json.begin("{")
            json.key("code")
            json.raw("2")
            json.field("message", failure)
            json.end("}")
        }
        json.end("}")
    }

    private func attributes(
        _ attributes: [(key: String, value: any CustomStringConvertible & Sendable)],
        into json: inout JSONText
    ) {
        json.key("attributes")
        json.begin("[")
        for (index, attribute) in attributes.enumerated() {
            if attributes[(index + 1)...].contains(where: { $0.key == attribute.key }) { continue }
            json.begin("{")
            json.field("key", attribute.key)
            json.key("value")
            json.begin("{")
            switch attribute.value {
            case let value as Bool:
                json.key("boolValue")
                json.raw(value ? "true" : "false")
            case let value as any BinaryInteger: json.field("intValue", value.description)
            case let value as Double where value.isFinite:
                json.key("doubleValue")
                json.raw("\(value)")
            case let value as Duration:
                json.key("doubleValue")
                json.raw("\(value.inSeconds)")
            case let value: json.field("stringValue", value.description)
            }
            json.end("}")
            json.end("}")
        }
        json.end("]")
    }
}
