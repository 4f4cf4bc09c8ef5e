import Testing

@testable import ControlService

@Suite struct ProgramSurveyTests {
    @Test(arguments: [
        ("database does not answer\ncache ok\n", "database does not answer"),
        (
            "shutdown the service is stopping\ndatabase does not answer\n",
            "shutdown the service is stopping; database does not answer"
        ),
        ("database ok\n", "it answers with 503"), ("", "it answers with 503"),
    ])
    func whatIsWrongIsTakenFromWhatItSays(text: String, fault: String) {
        #expect(ProgramSurvey.fault(503, text) == fault)
    }
}
