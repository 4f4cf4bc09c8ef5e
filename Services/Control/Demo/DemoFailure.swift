internal import HTTP
internal import JSON

/// A call that was answered with a refusal, or not at all until the patience was over.
struct DemoFailure: Error, CustomStringConvertible {
    let call: String
    /// Nil when there was no answer.
    let status: Int?
    let reason: String

    var description: String {
        "\(call) failed\(status.map { " with \($0)" } ?? ""): \(reason)"
    }
}

/// What a call was answered with.
struct DemoAnswer: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let body: JSONValue

    /// A member of the body that must be a text.
    func text(_ name: String) throws(DemoFailure) -> String {
        guard let text = body[name]?.string else {
            throw DemoFailure(call: "an answer", status: status, reason: "it has no \(name)")
        }
        return text
    }

    /// A member of the body that must be a whole number.
    func integer(_ name: String) throws(DemoFailure) -> Int64 {
        guard let number = body[name]?.integer else {
            throw DemoFailure(call: "an answer", status: status, reason: "it has no \(name)")
        }
        return number
    }
}
