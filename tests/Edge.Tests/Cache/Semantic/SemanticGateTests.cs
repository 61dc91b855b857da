using CsCheck;
using Edge.Cache.Semantic.Gate;

namespace Edge.Tests.Cache.Semantic;

public class SemanticGateTests
{
    [Theory]
    [InlineData("How do I reset my password?", "Could you please tell me how I can reset my password?")]
    [InlineData("What is the capital of Australia?", "What's Australia's capital?")]
    [InlineData("Does the warranty cover water damage?", "Is water damage covered by the warranty?")]
    [InlineData("In Python, how do I sort a list?", "How do I sort a list in Python?")]
    [InlineData("Summarize this in 3 sentences.", "Please summarise this in three sentences")]
    [InlineData("Buy a new car", "Purchase a new car")]
    [InlineData("Turn on the alarm", "Switch the alarm on.")]
    [InlineData("I can't log in to my account.", "I am unable to log in to my account")]
    [InlineData("Is smoking allowed in the hotel?", "Can I smoke in the hotel?")]
    [InlineData("Hello", "hello!")]
    public void Two_ways_to_ask_one_thing_pass(string a, string b)
    {
        Assert.Equal(GateReason.None, SemanticGate.Check(a, b).Reason);
        Assert.Equal(GateReason.None, SemanticGate.Check(b, a).Reason);
    }

    [Theory]
    [InlineData("Transfer 15 dollars to Anna", "Transfer 50 dollars to Anna", nameof(GateReason.Numbers))]
    [InlineData("Give me two ideas for dinner", "Give me three ideas for dinner", nameof(GateReason.Numbers))]
    [InlineData("Run for 10 miles", "Run for 10 kilometres", nameof(GateReason.Units))]
    [InlineData("Add 20 mg of salt", "Add 20 g of salt", nameof(GateReason.Units))]
    [InlineData("What is 20 EUR worth?", "What is 20 USD worth?", nameof(GateReason.Currencies))]
    [InlineData("Refund the fee of €15", "Refund the fee of $15", nameof(GateReason.Currencies))]
    [InlineData("Is the shop open on Monday?", "Is the shop open on Tuesday?", nameof(GateReason.Dates))]
    [InlineData("What is the weather in Paris?", "What is the weather in London?", nameof(GateReason.Names))]
    [InlineData("What does error E21 mean?", "What does error E12 mean?", nameof(GateReason.Names))]
    [InlineData("Translate \"good day\" into French", "Translate \"good night\" into French", nameof(GateReason.Quotes))]
    [InlineData("What does `git add` do?", "What does `git rm` do?", nameof(GateReason.Quotes))]
    [InlineData("Is it safe to drink this water?", "Is it not safe to drink this water?", nameof(GateReason.Negation))]
    [InlineData("I can open the file", "I can't open the file", nameof(GateReason.Negation))]
    [InlineData("A recipe with eggs", "A recipe without eggs", nameof(GateReason.Negation))]
    [InlineData("Turn the alarm on", "Turn the alarm off", nameof(GateReason.Opposites))]
    [InlineData("Is this mushroom safe?", "Is this mushroom unsafe?", nameof(GateReason.Opposites))]
    [InlineData("What is the best phone?", "What is the worst phone?", nameof(GateReason.Opposites))]
    [InlineData("Is Python fast?", "Is Python faster?", nameof(GateReason.Wording))]
    [InlineData("How do I cook rice?", "Can I cook rice?", nameof(GateReason.Question))]
    [InlineData("Who won the cup?", "When was the cup won?", nameof(GateReason.Question))]
    [InlineData("Who is the president of France?", "Who was the president of France?", nameof(GateReason.Question))]
    [InlineData("How do I sell a house?", "How do I sell a boat?", nameof(GateReason.Wording))]
    [InlineData("Who invented the radio in Italy?", "Who invented the radio?", nameof(GateReason.Names))]
    [InlineData("Is there a train from Lyon to Paris?", "Is there a train from Paris to Lyon?", nameof(GateReason.Roles))]
    [InlineData("Convert miles to kilometres", "Convert kilometres to miles", nameof(GateReason.Roles))]
    [InlineData("Did Brazil beat Germany?", "Did Germany beat Brazil?", nameof(GateReason.Roles))]
    [InlineData("Did Brazil beat Germany?", "Was Brazil beaten by Germany?", nameof(GateReason.Roles))]
    [InlineData("Is Python faster than Java?", "Is Java faster than Python?", nameof(GateReason.Roles))]
    [InlineData("What is your name?", "What is my name?", nameof(GateReason.Roles))]
    [InlineData("Thanks for your help", "I need your help", nameof(GateReason.Wording))]
    public void What_is_near_and_means_something_else_is_refused_with_its_reason(string a, string b, string reason)
    {
        Assert.Equal(reason, SemanticGate.Check(a, b).Reason.ToString());
        Assert.False(SemanticGate.Check(b, a).Passes);
    }

    [Theory]
    [InlineData("", GateReason.Empty)]
    [InlineData(" \n\t ", GateReason.Empty)]
    [InlineData("Wie ist das Wetter in Berlin und was ziehe ich an?", GateReason.Language)]
    [InlineData("¿Cómo puedo cambiar mi contraseña?", GateReason.Language)]
    [InlineData("日本の首都はどこですか", GateReason.Language)]
    [InlineData("{\"name\": \"edge\", \"port\": 8080}", GateReason.Code)]
    [InlineData("for (int i = 0; i < n; i++) sum += a[i];", GateReason.Code)]
    [InlineData("Fix this:\n```\nprint 1\n```", GateReason.Code)]
    [InlineData("SELECT * FROM users WHERE id = 3", GateReason.Code)]
    [InlineData("What does <b>this</b> mean?", GateReason.Code)]
    [InlineData("How do I reset my password?", GateReason.None)]
    [InlineData("What does \"la vie est belle\" mean?", GateReason.None)]
    [InlineData("Is a café in Zürich open on Sunday?", GateReason.None)]
    [InlineData("What does `git rebase -i` do?", GateReason.None)]
    public void What_is_no_English_prose_is_not_looked_up(string text, object reason) => Assert.Equal((GateReason)reason, PromptScreen.Check(text));

    [Fact]
    public void A_text_as_long_as_a_book_is_not_read() => Assert.Equal(GateReason.TooLong, PromptScreen.Check(new string('a', PromptScreen.MaxLength + 1)));

    /// <summary>Texts come from anybody: whatever they are, the answer is a verdict.</summary>
    [Fact]
    public void Any_text_gets_a_verdict()
    {
        string[] parts = ["how", "what", "is", "not", "\"", "'", "`", "5", ",", ".", "-", "$", "of", "the", "to", "do", "i", "that", "\u0301", "\uD83D", "\uDE00", "漢", "\0", "\n", " ", "3pm", "1,000.5", "U.S.", "c++", "it's", "s'", "*", "x"];
        Gen.Select(Gen.Int[0, parts.Length - 1].Array[0, 24], Gen.Int[0, parts.Length - 1].Array[0, 24]).Sample((a, b) =>
        {
            var (x, y) = (string.Join(' ', a.Select(i => parts[i])), string.Concat(b.Select(i => parts[i])));
            PromptScreen.Check(x);
            Assert.Equal(SemanticGate.Check(x, y).Passes, SemanticGate.Check(y, x).Passes);
        }, iter: 3000);
    }

    [Fact]
    public void A_prompt_passes_beside_itself()
    {
        foreach (var text in ReferenceVector.All.Select(r => r.Text).Where(t => PromptScreen.Check(t) == GateReason.None)) Assert.Equal(GateReason.None, SemanticGate.Check(text, text).Reason);
    }
}
