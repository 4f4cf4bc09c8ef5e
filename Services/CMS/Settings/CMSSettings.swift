internal import Crypto
internal import Runtime
internal import ServiceKit

/// The settings of the service's own.
enum CMSSettings {
    static let mediaDirectory = ConfigurationKey<String>.string(
        "SOUK_MEDIA_DIRECTORY", default: ".souk/media",
        help: "Where uploaded files are kept; replicas share it.")
    static let mediaLimit = ConfigurationKey<Int>.integer(
        "SOUK_MEDIA_LIMIT", in: 1_024...(1 << 30), default: 20 << 20,
        help: "The most bytes of an uploaded file; 20 MiB by default.")
    static let previewKey = ConfigurationKey<String>(
        "SOUK_PREVIEW_KEY",
        help: "What links to previews are signed with, at least 32 bytes, the same in every "
            + "replica; made from the service's key where it is absent. Best as "
            + "SOUK_PREVIEW_KEY_FILE.", isSecret: true
    ) { text in
        guard text.utf8.count >= 32 else { throw Expectation("a text of at least 32 bytes") }
        return text
    }.optional()
    static let siteName = ConfigurationKey<String>.string(
        "SOUK_SITE_NAME", default: "Souk", help: "What pages and feeds call the site.")

    static let all: [AnyConfigurationKey] = [
        .init(mediaDirectory), .init(mediaLimit), .init(previewKey), .init(siteName),
    ]

    /// What previews are signed with: the setting, or a key made from the service's own. Without
    /// either it is made up, and links end with the process.
    static func previewSecret(_ context: ServiceContext, _ keys: StandardKeys) -> [UInt8] {
        let text = context.configuration[previewKey] ?? context.configuration[keys.serviceKey]
        let secret = text.map { Array($0.utf8) } ?? context.random.bytes(32)
        return HMAC.sha256(key: secret, message: Array("links to previews".utf8))
    }
}
