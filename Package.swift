// swift-tools-version: 6.2
import PackageDescription

// One line a target. The layout and the directions of dependency are explained in
// docs/ARCHITECTURE.md and held by Tests/Tidy.

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
    // That nothing is changed while it is read is proven by the compiler or, where it cannot be,
    // found out while the tests run; programs do not look for it with every access.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

func library(
    _ name: String, _ dependencies: [Target.Dependency] = [], memorySafe: Bool = false,
    resources: [Resource]? = nil
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Shared/\(name)", resources: resources,
        swiftSettings: strict + (memorySafe ? [.strictMemorySafety()] : []))
}

func c(_ name: String, pkgConfig: String? = nil, apt: String) -> Target {
    .systemLibrary(
        name: name, path: "Shared/C/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// The modules that every service is made of.
let shared = [
    "ServiceKit", "EventTypes", "JSON", "Runtime", "HTTP", "Database", "EventStore", "Bus",
    "Crypto",
]
let serviceKit = shared.map { Target.Dependency(stringLiteral: $0) }

/// A service: a library that tests can build against, and a shim executable over it. Its migrations
/// and the folders of `embedded` become constants of its code.
func service(
    _ name: String, executable: String, migrations: Bool = true, embedded: [String] = [],
    extra: [Target.Dependency] = []
) -> [Target] {
    let folders = (migrations ? ["Migrations"] : []) + embedded
    return [
        .target(
            name: "\(name)Service", dependencies: serviceKit + extra, path: "Services/\(name)",
            exclude: ["Main"],
            resources: folders.isEmpty ? nil : folders.map { .embedInCode($0) },
            swiftSettings: strict),
        .executableTarget(
            name: executable, dependencies: [.target(name: "\(name)Service"), "ServiceKit"],
            path: "Services/\(name)/Main", swiftSettings: strict),
    ]
}

/// What is imported has to be declared, or an old build of it is linked after it has changed.
func tests(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies, path: "Tests/\(name)",
        exclude: exclude, swiftSettings: strict)
}

/// The suites of a module that use what all tests share.
func suites(_ name: String, _ modules: [String] = [], exclude: [String] = []) -> Target {
    let all = Set(modules).union(shared).union(["TestSupport"]).sorted()
    return tests(name, all.map { Target.Dependency(stringLiteral: $0) }, exclude: exclude)
}

let package = Package(
    name: "souk",
    targets: [
        c("CLibEvent", pkgConfig: "libevent", apt: "libevent-dev"),
        c("CHTTPParser", apt: "libhttp-parser-dev"),
        c("CPostgres", pkgConfig: "libpq", apt: "libpq-dev"),
        c("CKafka", pkgConfig: "rdkafka", apt: "librdkafka-dev"),
        c("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
        c("CArgon2", pkgConfig: "libargon2", apt: "libargon2-dev"),
        c("CLinux", apt: "libc6-dev"),
        c("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
        c("CMark", pkgConfig: "libcmark-gfm", apt: "libcmark-gfm-dev"),
        c("CMagic", apt: "libmagic-dev"),
        c("CTLS", pkgConfig: "libevent_openssl", apt: "libssl-dev"),

        library("EventTypes"),
        library("JSON", ["EventTypes"]),
        library("Runtime", ["EventTypes", "JSON", "CLibEvent", "CTLS"]),
        library("HTTP", ["Runtime", "JSON", "EventTypes", "CHTTPParser"]),
        library("Database", ["Runtime", "EventTypes", "CPostgres"]),
        library("Bus", ["Runtime", "EventTypes", "CKafka"]),
        library("Crypto", ["Runtime", "EventTypes", "JSON", "COpenSSL", "CArgon2"]),
        library(
            "EventStore", ["Runtime", "EventTypes", "JSON", "Database", "Bus"],
            resources: [.embedInCode("Migrations")]),
        library(
            "ServiceKit",
            ["Runtime", "EventTypes", "JSON", "HTTP", "Database", "EventStore", "Bus", "Crypto"]),
        library(
            "TestSupport",
            [
                "Runtime", "EventTypes", "JSON", "HTTP", "Database", "EventStore", "Bus", "Crypto",
                "ServiceKit",
            ]),
    ]
        + service("User", executable: "user", extra: [])
        + service("Catalog", executable: "catalog")
        + service("Order", executable: "order", migrations: false)
        + service("Cashback", executable: "cashback", migrations: false)
        + service("Wallet", executable: "wallet")
        + service(
            "Notification", executable: "notification", migrations: false,
            embedded: ["Templates"], extra: ["CCurl"])
        + service("Analytics", executable: "analytics", migrations: false)
        + service("CMS", executable: "cms", migrations: false, extra: ["CMark", "CMagic"])
        + service(
            "Gateway", executable: "gateway", migrations: false, embedded: ["Front/Live"])
        + service("Sandbox", executable: "sandbox", migrations: false)
        + service("Control", executable: "souk", migrations: false, extra: ["CLinux"])
        + [
            tests("EventTypes", ["EventTypes", "JSON"], exclude: ["Golden"]),
            tests("JSON", ["JSON", "EventTypes"]),
            suites("Runtime", exclude: ["Sanitizer"]),
            suites("HTTP", exclude: ["Hostile"]),
            suites("Database"),
            suites("Bus"),
            suites("Crypto"),
            suites("EventStore"),
            suites("ServiceKit"),
            suites("User", ["UserService"]),
            suites("Catalog", ["CatalogService"]),
            suites("Order", ["OrderService"]),
            suites("Cashback", ["CashbackService"]),
            suites("Wallet", ["WalletService", "SandboxService"]),
            suites("Analytics", ["AnalyticsService"]),
            suites("Notification", ["NotificationService", "SandboxService"]),
            suites("Sandbox", ["SandboxService"]),
            suites("CMS", ["CMSService"]),
            suites("Gateway", ["GatewayService"]),
            suites("Control", ["ControlService"]),
            suites(
                "EndToEnd",
                [
                    "UserService", "CatalogService", "OrderService", "CashbackService",
                    "WalletService", "NotificationService", "CMSService", "AnalyticsService",
                    "GatewayService", "SandboxService", "ControlService",
                ],
                exclude: [
                    "clients.sh", "mailserver.py", "platform.sh", "schemathesis.sh",
                    "schemathesis.toml", "websocket.py",
                ]),
            // Breaks the platform under load; started by `make torture`.
            .executableTarget(
                name: "torture", dependencies: ["Runtime", "JSON"], path: "Tests/Torture",
                exclude: ["Tests"], swiftSettings: strict),
            .testTarget(
                name: "TortureTests", dependencies: ["torture"], path: "Tests/Torture/Tests",
                swiftSettings: strict),
            tests("Tidy", []),
            .target(
                name: "FuzzedParsers",
                dependencies: [
                    "HTTP", "JSON", "Crypto", "Runtime", "EventTypes", "CatalogService",
                    "CashbackService", "CMSService",
                ], path: "Tests/Fuzz/Parsers", swiftSettings: strict),
            tests("Fuzz", ["FuzzedParsers"], exclude: ["Corpora", "Driver", "Parsers", "fuzz.sh"]),
            .executableTarget(
                name: "bench", dependencies: serviceKit + ["CKafka"], path: "Tests/Benchmarks",
                exclude: ["thresholds.json", "packages.sh"], swiftSettings: strict),
        ]
        // It has no `main` of its own: the compiler's fuzzer brings it (`make fuzz`).
        + (Context.environment["SOUK_FUZZ"] == nil
            ? []
            : [
                .executableTarget(
                    name: "fuzz", dependencies: ["FuzzedParsers"], path: "Tests/Fuzz/Driver",
                    swiftSettings: strict)
            ])
)
