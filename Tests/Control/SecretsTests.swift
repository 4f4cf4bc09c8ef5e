import Bus
import Crypto
import Glibc
import Runtime
import ServiceKit
import Testing

@testable import ControlService

@Suite struct SecretsTests {
    private func inPlace(_ body: (PlatformSettings) throws -> Void) throws {
        let home = "/tmp/souk-secrets-\(UInt64.random(in: 0 ... .max))"
        let environment = ["SOUK_HOME": home]
        let configuration = try Configuration(
            environment: environment, keys: PlatformSettings.keys)
        let settings = try PlatformSettings(configuration, environment)
        defer {
            for name in PlatformFiles.entries(of: settings.secrets) {
                unlink("\(settings.secrets)/\(name)")
            }
            rmdir(settings.secrets)
            rmdir(home)
        }
        try body(settings)
    }

    @Test func onlyTheOwnerReadsThem() throws {
        try inPlace { settings in
            try Secrets(settings).make()
            #expect(PlatformFiles.mode(settings.secrets) == 0o700)
            let names = PlatformFiles.entries(of: settings.secrets)
            #expect(names.count > 10)
            for name in names {
                #expect(PlatformFiles.mode("\(settings.secrets)/\(name)") == 0o600, "\(name)")
            }
        }
    }

    @Test func theyAreMadeOnce() throws {
        try inPlace { settings in
            let secrets = Secrets(settings)
            try secrets.make()
            let before = try secrets.read(secrets.masterKey)
            let keys = try secrets.read(secrets.serviceDirectory)
            try secrets.make()
            #expect(try secrets.read(secrets.masterKey) == before)
            #expect(try secrets.read(secrets.serviceDirectory) == keys)
            #expect(Base64URL.decode(before)?.count == 32)
        }
    }

    @Test func everySignerIsInTheDirectoryWithItsOwnKey() throws {
        try inPlace { settings in
            let secrets = Secrets(settings)
            try secrets.make()
            let directory = try ServiceKeyDirectory(
                parsing: Array(secrets.read(secrets.serviceDirectory).utf8))
            for name in PlatformProgram.signers {
                let key = try SigningKey(pem: secrets.read(secrets.serviceKey(name)))
                #expect(directory.services[name]?.keys == [key.publicJWK])
            }
        }
    }

    @Test func noSecretStandsInAnEnvironment() throws {
        try inPlace { settings in
            let secrets = Secrets(settings)
            try secrets.make()
            let plan = ProgramPlan(
                settings: settings, secrets: secrets, directory: "/x",
                environment: ["SOUK_LOG_LEVEL": "debug", "SECRET": "no", "SOUK_HTTP_PORT": "1"],
                isForPeople: false)
            let values = try PlatformFiles.entries(of: settings.secrets).map {
                try secrets.read("\(settings.secrets)/\($0)")
            }
            for program in plan.programs {
                let environment = plan.environment(of: program)
                #expect(environment["SECRET"] == nil)
                #expect(environment["SOUK_HTTP_PORT"] != "1")
                #expect(environment["SOUK_LOG_LEVEL"] == "debug")
                for value in environment.values { #expect(!values.contains(value)) }
            }
        }
    }

    @Test func whatTheOperatorSetsHimselfStays() throws {
        try inPlace { settings in
            let plan = ProgramPlan(
                settings: settings, secrets: Secrets(settings), directory: "/x",
                environment: ["SOUK_MASTER_KEY": "mine"], isForPeople: false)
            let environment = plan.environment(of: .user)
            #expect(environment["SOUK_MASTER_KEY"] == "mine")
            #expect(environment["SOUK_MASTER_KEY_FILE"] == nil)
        }
    }

    @Test func consumersOfTheEmbeddedBrokerAskOftenForNews() throws {
        try inPlace { settings in
            func wait(_ environment: [String: String]) -> String? {
                ProgramPlan(
                    settings: settings, secrets: Secrets(settings), directory: "/x",
                    environment: environment, isForPeople: false
                ).environment(of: .wallet)["KAFKA_FETCH_WAIT_MS"]
            }
            #expect(settings.externalBrokers == nil)
            #expect(wait([:]) == "\(EmbeddedBroker.fetchWaitMilliseconds)")
            #expect(wait(["KAFKA_FETCH_WAIT_MS": "70"]) == "70")
        }
    }

    @Test func allPortsMoveTogetherOrEachByItself() throws {
        let environment = ["SOUK_PORT_BASE": "1000", "SOUK_WALLET_PORT": "9"]
        let settings = try PlatformSettings(
            Configuration(environment: environment, keys: PlatformSettings.keys), environment)
        #expect(settings.port(.gateway) == 9_080)
        #expect(settings.port(.wallet) == 9)
        #expect(settings.bootstrapServers == "127.0.0.1:9192")
    }
}
