/// What a server proves itself with: TLS 1.2 or 1.3.
public struct TLSConfiguration: Sendable {
    /// PEM: the server's certificate, then the intermediate ones.
    public var certificateChainFile: String
    /// PEM, without a passphrase.
    public var privateKeyFile: String

    public init(certificateChainFile: String, privateKeyFile: String) {
        self.certificateChainFile = certificateChainFile
        self.privateKeyFile = privateKeyFile
    }
}

/// Whom a client trusts. Certificate and name are always verified.
public enum TLSTrust: Sendable {
    /// The authorities that the system trusts.
    case system
    /// The authorities in a PEM file, and no others.
    case file(String)
}
