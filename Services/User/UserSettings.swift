internal import Runtime

/// The settings of this service.
enum UserSettings {
    static let masterKey = ConfigurationKey<String>(
        "SOUK_MASTER_KEY",
        help: "The key that people's keys and signing keys are sealed with: 32 bytes in base64url; "
            + "best as SOUK_MASTER_KEY_FILE.",
        isSecret: true
    ) { text in
        guard MasterKey(text) != nil else { throw Expectation("32 bytes in base64url") }
        return text
    }
    static let commonPasswords = ConfigurationKey<String>.string(
        "SOUK_COMMON_PASSWORDS_FILE", default: CommonPasswords.standardPath,
        help: "The list of common passwords, which nobody may take; one a line.")
    static let adminEmail = ConfigurationKey<String>(
        "SOUK_ADMIN_EMAIL", help: "The address of the first administrator, made at the start."
    ) { text in
        guard EmailAddress(text) != nil else { throw Expectation("an e-mail address") }
        return text
    }.optional()
    static let adminPassword = ConfigurationKey<String>.string(
        "SOUK_ADMIN_PASSWORD",
        help: "The password of the first administrator; best as SOUK_ADMIN_PASSWORD_FILE.",
        isSecret: true
    ).optional()
    static let tokenLifetime = ConfigurationKey<Duration>.duration(
        "SOUK_ACCESS_TOKEN_LIFETIME", in: .seconds(60)...(.seconds(3_600)),
        default: .seconds(900), help: "How long an access token is valid.")
    static let accountAttempts = ConfigurationKey<Int>.integer(
        "SOUK_ACCOUNT_ATTEMPTS", in: 1...1_000, default: 10,
        help: "How often credentials of one account may be tried in 15 minutes.")
    static let addressAttempts = ConfigurationKey<Int>.integer(
        "SOUK_ADDRESS_ATTEMPTS", in: 1...1_000_000, default: 300,
        help: "How often credentials may be tried from one address in 15 minutes.")
    static let answerStep = ConfigurationKey<Duration>.duration(
        "SOUK_CREDENTIAL_STEP", in: .zero...(.seconds(2)), default: .milliseconds(250),
        help:
            "Answers about credentials come at multiples of this, so that the clock tells nothing.")
    static let trustedProxies = ConfigurationKey<[AddressRange]>.ranges(
        "SOUK_TRUSTED_PROXIES", default: ["127.0.0.0/8", "::1"],
        help: "The proxies whose X-Forwarded-For is believed, as addresses and CIDR blocks.")

    static let all: [AnyConfigurationKey] = [
        .init(masterKey), .init(commonPasswords), .init(adminEmail), .init(adminPassword),
        .init(tokenLifetime), .init(accountAttempts), .init(addressAttempts), .init(answerStep),
        .init(trustedProxies),
    ]
}
