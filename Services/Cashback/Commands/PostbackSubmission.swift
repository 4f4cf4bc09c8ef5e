internal import Crypto
internal import HTTP
internal import JSON

/// A postback as it arrived: its fields from query and body, and what a signature is over.
struct PostbackSubmission: Sendable {
    /// The most bytes of a body: all of it is kept.
    static let bodyLimit = PostbackReader.longestRaw
    static let fieldLimit = 100

    let fields: [(name: String, value: String)]
    /// The body; the query of a request without one.
    let signedBytes: [UInt8]
    private let query: String
    private let body: String
    private let isJSON: Bool
    private let headers: HTTPHeaders

    /// - Throws: `PostbackFault` when query or body cannot be read as fields.
    init(_ request: HTTPRequest, body bytes: [UInt8]) throws(PostbackFault) {
        query = String(request.rawQuery ?? "")
        headers = request.headers
        guard query.utf8.count + bytes.count <= Self.bodyLimit else {
            throw PostbackFault(field: "", message: "is longer than \(Self.bodyLimit) bytes")
        }
        guard let body = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw PostbackFault(field: "", message: "is not text in UTF-8")
        }
        self.body = body
        let type = request.headers["Content-Type"]?.prefix { $0 != ";" && $0 != " " }.lowercased()
        isJSON = type == "application/json"
        var fields = try Self.form(query)
        if isJSON, !bytes.isEmpty {
            guard let value = try? JSON.decode(JSONValue.self, from: bytes, limits: .request),
                let object = value.object
            else { throw PostbackFault(field: "", message: "is not a JSON object") }
            Self.flatten(object, "", into: &fields)
        } else {
            fields += try Self.form(body)
        }
        guard fields.count <= Self.fieldLimit else {
            throw PostbackFault(field: "", message: "has more than \(Self.fieldLimit) fields")
        }
        self.fields = fields
        signedBytes = bytes.isEmpty ? Array(query.utf8) : bytes
    }

    /// The only value of a field; nil when it is absent or stands there twice.
    func only(_ name: String) -> String? {
        let values = fields.filter { $0.name == name }
        return values.count == 1 ? values[0].value : nil
    }

    /// The signature in a header: hexadecimal, after `sha256=` or bare, or Base64.
    func signature(in header: String) -> [UInt8]? {
        let values = headers.all(header)
        guard values.count == 1 else { return nil }
        let text = values[0].hasPrefix("sha256=") ? values[0].dropFirst(7) : values[0][...]
        return Hex.decode(text) ?? Base64.decode(text)
    }

    /// What is kept: query and body as they came, but for the value of the secret.
    func raw(hiding secretField: String?) -> String {
        let query = Self.mask(query, secretField)
        let body = isJSON ? maskedObject(secretField) : Self.mask(body, secretField)
        return [query, body].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private func maskedObject(_ secretField: String?) -> String {
        guard let secretField, !body.isEmpty else { return body }
        let secrets = fields.filter { $0.name == secretField }.map(\.value)
        guard let value = try? JSON.decode(JSONValue.self, from: body, limits: .request),
            let object = value.object, !secrets.isEmpty
        else { return body }
        return (try? JSON.text(Self.masked(object, "", secretField))) ?? ""
    }

    // MARK: Fields

    private static let hidden = "hidden"

    private static func form(
        _ text: String
    ) throws(PostbackFault) -> [(name: String, value: String)] {
        let parameters = QueryParameters(parsing: text)
        guard parameters.malformedCount == 0 else {
            throw PostbackFault(field: "", message: "has broken percent coding")
        }
        return parameters.items
    }

    private static func mask(_ text: String, _ secretField: String?) -> String {
        guard let secretField else { return text }
        let pairs = text[...].utf8.split(
            separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
        return pairs.map { pair in
            let name = Substring(pair.prefix { $0 != UInt8(ascii: "=") })
            let isSecret = PercentCoding.decode(name, plusIsSpace: true) == secretField
            return isSecret ? "\(name)=\(hidden)" : String(Substring(pair))
        }.joined(separator: "&")
    }

    /// Members of members are named with a point between: `sale.amount`.
    private static func flatten(
        _ object: JSONObject, _ prefix: String, into fields: inout [(name: String, value: String)]
    ) {
        for member in object {
            let name = prefix + member.name
            switch member.value {
            case .null, .array: break
            case .bool(let value): fields.append((name, value ? "true" : "false"))
            case .integer(let value): fields.append((name, "\(value)"))
            case .number(let value): fields.append((name, "\(value)"))
            case .string(let value): fields.append((name, value))
            case .object(let inner): flatten(inner, name + ".", into: &fields)
            }
        }
    }

    private static func masked(
        _ object: JSONObject, _ prefix: String, _ secretField: String
    ) -> JSONValue {
        var copy = JSONObject()
        for member in object {
            let name = prefix + member.name
            if name == secretField {
                copy[member.name] = .string(hidden)
            } else if case .object(let inner) = member.value {
                copy[member.name] = masked(inner, name + ".", secretField)
            } else {
                copy[member.name] = member.value
            }
        }
        return .object(copy)
    }
}
