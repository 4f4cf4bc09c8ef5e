public import Runtime

extension HTTPRequest {
    /// Where proxies say whom a request comes from.
    public static let forwardedFor = "X-Forwarded-For"

    /// The most of its entries that are looked at.
    static let hopLimit = 16

    /// The address of the client, whom proxies may stand before.
    ///
    /// What a client says about itself counts only as far as proxies that are trusted have said it:
    /// the list of `X-Forwarded-For` is read from its end, and the first address that is no trusted
    /// proxy's is the client's.
    public func client(behind proxies: [AddressRange]) -> IPAddress? {
        guard var client = IPAddress(remoteAddress) else { return nil }
        guard headers.contains(Self.forwardedFor) else { return client }
        for text in headers.list(Self.forwardedFor).suffix(Self.hopLimit).reversed() {
            guard proxies.contains(where: { $0.contains(client) }), let before = IPAddress(text)
            else { break }
            client = before
        }
        return client
    }
}
