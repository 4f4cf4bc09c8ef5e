internal import HTTP
internal import JSON
internal import Runtime

/// Reads what the mail server of the sandbox was given.
struct MailCatcher: Sendable {
    static let pageLimit = 500
    /// Before every message's name.
    private static let beginning = "0"
    static let bodyLimit = 64 << 20
    static let timeout: Duration = .seconds(10)

    /// Where the sandbox answers HTTP.
    let url: String
    let http: HTTPClient

    /// Messages in the order in which they came, at most `pageLimit`.
    ///
    /// - Parameter last: only those after this one.
    /// - Throws: `HTTPClientError`, `HTTPBodyError`, `Complaint`.
    func messages(to address: String? = nil, after last: String? = nil) async throws -> [CaughtMail]
    {
        var query = QueryParameters([
            ("limit", String(Self.pageLimit)), ("after", last ?? Self.beginning),
        ])
        if let address { query.add("to", address) }
        let response = try await http.send(
            HTTPClientRequest(
                .get, "\(url)/mail/messages?\(query.encoded)", timeout: Self.timeout))
        let bytes = try await response.body.collect(upTo: Self.bodyLimit)
        guard response.status == .ok else {
            throw Complaint("The mail server's page answers \(response.status).")
        }
        let page = try JSON.decode(JSONValue.self, from: bytes, limits: .document)
        return (page["items"]?.array ?? []).compactMap(CaughtMail.init)
    }
}
