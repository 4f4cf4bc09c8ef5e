internal import HTTP
internal import JSON
internal import Runtime

/// Reads what the mail server of the sandbox was given.
struct MailCatcher: Sendable {
    static let pageLimit = 100
    static let bodyLimit = 64 << 20
    static let timeout: Duration = .seconds(10)

    /// Where the sandbox answers HTTP.
    let url: String
    let http: HTTPClient

    /// Messages in the order in which they came.
    ///
    /// - Parameter last: only those after this one.
    /// - Throws: `HTTPClientError`, `HTTPBodyError`, `Complaint`.
    func messages(to address: String? = nil, after last: String? = nil) async throws -> [CaughtMail]
    {
        var query = QueryParameters([("limit", String(Self.pageLimit))])
        if let address { query.add("to", address) }
        if let last { query.add("after", last) }
        let response = try await http.send(
            HTTPClientRequest(
                .get, "\(url)/mail/messages?\(query.encoded)", timeout: Self.timeout))
        let bytes = try await response.body.collect(upTo: Self.bodyLimit)
        guard response.status == .ok else {
            throw Complaint("The mail server's page answers \(response.status).")
        }
        let page = try JSON.decode(JSONValue.self, from: bytes, limits: .document)
        return (page["items"]?.array ?? []).compactMap(CaughtMail.init)
            .sorted { $0.receivedAt < $1.receivedAt }
    }
}
