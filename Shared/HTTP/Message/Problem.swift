/// A problem document (RFC 9457): the only form in which errors leave a service.
public struct Problem: Error, Sendable, Equatable {
    /// One wrong place in the request's body.
    public struct FieldFault: Codable, Sendable, Equatable {
        /// Where, as a JSON Pointer (RFC 6901): `/items/0/quantity`.
        public let pointer: String
        /// What is wrong there, in a sentence.
        public let detail: String

        public init(_ pointer: String, _ detail: String) {
            self.pointer = pointer
            self.detail = detail
        }
    }

    /// The stable name that programs decide by: lower case with hyphens. `type` of the document is
    /// `https://souk.dev/problems/` and this.
    public var slug: String
    public var status: HTTPStatus
    /// The same sentence for every problem of this slug.
    public var title: String
    /// What is special about this occurrence, for a person.
    public var detail: String?
    /// Which occurrence this is, for instance the request's identifier.
    public var instance: String?
    public var errors: [FieldFault]
    /// Fields that the response carries besides, such as `Retry-After`.
    public var headers: HTTPHeaders

    public init(
        _ slug: String, _ status: HTTPStatus, _ title: String, detail: String? = nil,
        instance: String? = nil, errors: [FieldFault] = [], headers: HTTPHeaders = [:]
    ) {
        self.slug = slug
        self.status = status
        self.title = title
        self.detail = detail
        self.instance = instance
        self.errors = errors
        self.headers = headers
    }

    /// What every `type` starts with.
    public static let typePrefix = "https://souk.dev/problems/"

    /// A problem that tells nothing but the status.
    public static func bare(_ status: HTTPStatus) -> Problem {
        let reason = status.reason.isEmpty ? "Error" : status.reason
        let slug = String(reason.lowercased().map { $0.isLetter ? $0 : "-" })
        return Problem(slug, status, reason)
    }

    /// The document as a response of type `application/problem+json`.
    public func response() -> HTTPResponse {
        var fields: HTTPHeaders = ["Content-Type": "application/problem+json"]
        fields.append(headers)
        return HTTPResponse(status, headers: fields, body: .bytes(Array(json.utf8)))
    }
}

/// An error that knows which problem it is to a client.
public protocol ProblemConvertible: Error {
    var problem: Problem { get }
}

extension Problem: ProblemConvertible {
    public var problem: Problem { self }
}

extension Problem: Encodable {
    private enum Key: String, CodingKey { case type, title, status, detail, instance, errors }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Self.typePrefix + slug, forKey: .type)
        try container.encode(title, forKey: .title)
        try container.encode(status.code, forKey: .status)
        try container.encodeIfPresent(detail, forKey: .detail)
        try container.encodeIfPresent(instance, forKey: .instance)
        if !errors.isEmpty { try container.encode(errors, forKey: .errors) }
    }

    /// Written here and not by an encoder, since an error's own answer must not be able to fail.
    private var json: String {
        var members = [
            "\"type\":\(quoted(Self.typePrefix + slug))", "\"title\":\(quoted(title))",
            "\"status\":\(status.code)",
        ]
        if let detail { members.append("\"detail\":\(quoted(detail))") }
        if let instance { members.append("\"instance\":\(quoted(instance))") }
        if !errors.isEmpty {
            let faults = errors.map {
                "{\"pointer\":\(quoted($0.pointer)),\"detail\":\(quoted($0.detail))}"
            }
            members.append("\"errors\":[\(faults.joined(separator: ","))]")
        }
        return "{\(members.joined(separator: ","))}"
    }

    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\u{0}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
