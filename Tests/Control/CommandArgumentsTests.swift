import Testing

@testable import ControlService

@Suite struct CommandArgumentsTests {
    private let syntax = CommandSyntax(
        name: "try", summary: "", operands: "[NAME]", operandCount: 0...1,
        options: [
            .init(name: "fast", help: ""), .init(name: "count", value: "N", help: ""),
        ])

    @Test func optionsStandAnywhere() throws {
        let arguments = try CommandArguments(["--fast", "ada", "--count", "3"], for: syntax)
        #expect(arguments.has("fast"))
        #expect(arguments.operands == ["ada"])
        #expect(try arguments.integer("count", in: 1...9) == 3)
        #expect(try CommandArguments(["--count=4"], for: syntax)["count"] == "4")
    }

    @Test(arguments: [
        (["--slow"], "souk try has no option --slow."),
        (["-f"], "souk try has no option -f."),
        (["a", "b"], "souk try takes [NAME]."),
        (["--count"], "--count needs a value: --count N."),
        (["--fast=yes"], "--fast takes no value."),
        (["--fast", "--fast"], "--fast is given twice."),
    ])
    func whatIsWrongIsOneSentence(words: [String], sentence: String) {
        #expect(throws: CommandLineError(sentence)) {
            try CommandArguments(words, for: syntax)
        }
    }

    @Test func aNumberOutOfRangeIsRefused() throws {
        let arguments = try CommandArguments(["--count", "10"], for: syntax)
        #expect(
            throws: CommandLineError("--count is \"10\": it must be a whole number from 1 to 9.")
        ) { try arguments.integer("count", in: 1...9) }
    }

    @Test func everyCommandTeaches() async {
        for command in ControlService.commands {
            let help = command.syntax.help
            #expect(help.contains("Usage: souk \(command.syntax.name)"))
            #expect(!command.syntax.summary.isEmpty)
            for option in command.syntax.options { #expect(help.contains("--\(option.name)")) }
            let status = await ControlService.run(
                arguments: [command.syntax.name, "--no-such-option"], environment: [:])
            #expect(status == 64)
        }
        #expect(await ControlService.run(arguments: ["no-such-command"], environment: [:]) == 64)
    }
}
