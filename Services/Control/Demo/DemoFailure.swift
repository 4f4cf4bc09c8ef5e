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
