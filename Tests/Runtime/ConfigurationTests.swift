import Foundation
import Runtime
import Testing

@Suite struct ConfigurationTests {
    private let port = ConfigurationKey<Int>.port("SOUK_PORT", default: 8080, help: "The port.")
    private let url = ConfigurationKey<String>.url(
        "SOUK_URL", help: "Where the neighbour listens.")
    private let wait = ConfigurationKey<Duration>.duration(
        "SOUK_WAIT", in: .milliseconds(1)...(.seconds(60)), default: .seconds(5),
        help: "How long to wait.")
    private let secret = ConfigurationKey<String>.string(
        "SOUK_SECRET", help: "The shared secret.", isSecret: true)
    private let level = ConfigurationKey<LogLevel>.choice(
        "SOUK_LEVEL", default: .info, help: "The level.")
    private let names = ConfigurationKey<[String]>.list("SOUK_NAMES", default: [], help: "Names.")

    private func read<Value>(_ key: ConfigurationKey<Value>, _ text: String) throws -> Value {
        try Configuration(environment: [key.name: text], keys: [.init(key)])[key]
    }

    @Test func valuesComeFromTheEnvironmentAndElseFromTheDefaults() throws {
        let settings = try Configuration(
            environment: ["SOUK_URL": "http://user.internal:8101/", "SOUK_WAIT": "250ms"],
            keys: [.init(port), .init(url), .init(wait), .init(level), .init(secret.optional())])
        #expect(settings[port] == 8080)
        #expect(settings[url] == "http://user.internal:8101")
        #expect(settings[wait] == .milliseconds(250))
        #expect(settings[level] == .info)
        #expect(settings[secret.optional()] == nil)
    }

    @Test func everythingThatIsWrongIsSaidAtOnceAndWithoutSecrets() {
        let error = #expect(throws: ConfigurationError.self) {
            try Configuration(
                environment: [
                    "SOUK_PORT": "70000", "SOUK_WAIT": "5 minutes", "SOUK_LEVEL": "loud",
                    "SOUK_SECRET": "hunter2", "SOUK_SECRET_FILE": "/nowhere",
                ], keys: [.init(port), .init(url), .init(wait), .init(level), .init(secret)])
        }
        #expect(
            error?.faults == [
                "SOUK_PORT is \"70000\": it must be a whole number from 0 to 65535.",
                "SOUK_URL is not set. Where the neighbour listens.",
                "SOUK_WAIT is \"5 minutes\": it must be a length of time such as 250ms, 5s, 2m, 1h or 7d.",
                "SOUK_LEVEL is \"loud\": it must be one of debug, info, notice, warning, error.",
                "SOUK_SECRET and SOUK_SECRET_FILE are both set: set one of them.",
            ])
    }

    @Test func aWrongSecretIsNotShown() {
        let key = ConfigurationKey<Int>("SOUK_PIN", help: "A number.", isSecret: true) { _ in
            throw Expectation("a number")
        }
        let error = #expect(throws: ConfigurationError.self) { try read(key, "hunter2") }
        #expect(error?.faults == ["SOUK_PIN has a wrong value: it must be a number."])
    }

    @Test func aFileGivesTheValueWithoutItsLastLineBreak() throws {
        let path = NSTemporaryDirectory() + "souk-secret-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("line one\nline two\n".utf8).write(to: URL(fileURLWithPath: path))
        let settings = try Configuration(
            environment: ["SOUK_SECRET_FILE": path], keys: [.init(secret)])
        #expect(settings[secret] == "line one\nline two")
    }

    @Test func aFileThatIsMissingOrTooLongIsAFault() throws {
        let path = NSTemporaryDirectory() + "souk-secret-\(UUID().uuidString)"
        let missing = #expect(throws: ConfigurationError.self) {
            try Configuration(environment: ["SOUK_SECRET_FILE": path], keys: [.init(secret)])
        }
        #expect(missing?.faults == ["SOUK_SECRET_FILE is \"\(path)\": No such file or directory."])
        defer { try? FileManager.default.removeItem(atPath: path) }
        let long = Data(repeating: 65, count: Configuration.fileLimit + 1)
        try long.write(to: URL(fileURLWithPath: path))
        #expect(throws: ConfigurationError.self) {
            try Configuration(environment: ["SOUK_SECRET_FILE": path], keys: [.init(secret)])
        }
    }

    @Test func anEmptyVariableCountsAsNotSet() throws {
        #expect(try read(port, "") == 8080)
    }

    @Test(arguments: [
        ("1ms", 1), ("90s", 90_000), ("2m", 120_000), ("1h", 3_600_000), ("7d", 604_800_000),
    ])
    func lengthsOfTimeHaveUnits(text: String, milliseconds: Int64) throws {
        let key = ConfigurationKey<Duration>.duration("SOUK_AGE", help: "An age.")
        #expect(try read(key, text) == .milliseconds(milliseconds))
    }

    @Test(arguments: ["5", "-1s", "1.5s", "s", "", "99999999999999999999d", "9223372036854775807d"])
    func otherLengthsOfTimeAreRefused(text: String) {
        let key = ConfigurationKey<Duration>.duration("SOUK_AGE", help: "An age.")
        #expect(throws: ConfigurationError.self) { try read(key, text) }
    }

    @Test(arguments: ["ftp://a", "http://", "http:///x", "http://a b", "example.org", "HTTP//x"])
    func wrongAddressesAreRefused(text: String) {
        #expect(throws: ConfigurationError.self) { try read(url, text) }
    }

    @Test func listsAreSplitAtCommas() throws {
        #expect(try read(names, " one, two words ,,three ") == ["one", "two words", "three"])
    }

    @Test func flagsAreReadInSeveralWays() throws {
        let key = ConfigurationKey<Bool>.flag("SOUK_FLAG", help: "A flag.")
        for text in ["true", "YES", "on", "1"] { #expect(try read(key, text)) }
        for text in ["false", "no", "Off", "0"] { #expect(try !read(key, text)) }
        #expect(throws: ConfigurationError.self) { try read(key, "maybe") }
    }

    @Test func theHelpShowsNameDefaultAndMeaningWithinTheWidth() {
        let long = ConfigurationKey<Int>.integer(
            "SOUK_LIMIT", in: 1...9, default: 7,
            help: "A sentence that is long enough to need a second line of the table.")
        let help = Configuration.help(
            [.init(port), .init(url), .init(secret.optional()), .init(wait), .init(long)],
            columns: 60)
        #expect(
            help == """
                  SOUK_PORT    8080        The port.
                  SOUK_URL     (required)  Where the neighbour listens.
                  SOUK_SECRET  -           The shared secret.
                  SOUK_WAIT    5s          How long to wait.
                  SOUK_LIMIT   7           A sentence that is long enough to
                                           need a second line of the table.

                """)
    }

    @Test func thePlatformsOwnKeysHaveWorkingDefaults() throws {
        let settings = try Configuration(environment: [:], keys: RuntimeKeys.all)
        #expect(settings[RuntimeKeys.logLevel] == .info)
        #expect(settings[RuntimeKeys.shutdownDeadline] == .seconds(5))
        #expect(settings[RuntimeKeys.traceEndpoint] == nil)
    }
}
