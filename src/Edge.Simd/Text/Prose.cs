namespace Edge.Simd.Text;

/// <summary>How often four bytes stand in English prose and questions to models, roughly. What is looked for depends on it, no result does.</summary>
internal static class Prose
{
    private const int Letters = 27;

    // Letters, and for all that stands between words one more, by themselves and (in a row each) behind another letter: a 0, c 1/2, e 1/4 ... z less than 1/4,096 of the places.
    private const string Alone = "inkkhlmkiupkliilviihlpnrmuf";

    private const string Behind =
        "zlijtnnwkwnijfzmziifnlrqmzf"
        + "fzuueszzikzeqzjnzjmvhqzzizm"
        + "gzjzhuzhizhjzsguzhtfkzzzmzi"
        + "iwvjgtuzhzzomoiwzjmymszzqzc"
        + "ksihmoltpxvkjhrnrhhjvoolovd"
        + "lwxzhizzfzznzzezzhwohztzlzf"
        + "ktzxfwnkgzzoslkvziookzzzuzd"
        + "fzzpdzztizzvqrfszmslrzwzmzh"
        + "mnillkmzzzsjkehitlggzlzuznj"
        + "dxxxcxxxtxpxxxkrxplxhrrxxxl"
        + "pzzudvtsezzmrkvzzxivrzzzszd"
        + "iuqgesrygzvhvshqzrknjuvzjzg"
        + "fmzyeuzzhzzplwhhzynzozzzhze"
        + "jvihhngxkqnquokpzyignrzzmze"
        + "qojkqjkqnyrmifolzfljgoksuyg"
        + "hxulhxzljzzgzyijzfmgiqvvozg"
        + "wwwnwwwwwwwkwwwwwwwwawwwwwi"
        + "gxokermzgzmpmmhlzlmllnuzjzf"
        + "lwjvgnzijzsroqkkutigkzrzkzd"
        + "jzsugvzehzzrrzhpzikmmzozmze"
        + "mnkkkqnzozuflgyizgfhzzzovzl"
        + "ezzzczzzezzzzzmuzsyzqzzzzyl"
        + "gzyuiszefzzrwmgrzintzzkzzzf"
        + "kzgzjuzuhzzzksrezzjfnzzzmzf"
        + "tuuwnyzwmzzslqimzxgnyyszzpb"
        + "fxxxcxxxjxxxqxlxxxxxxxxxxxf"
        + "gkiklimlhqrmjljjskhflpjtpuz";

    // Far more of them are about than their pairs of letters tell: the words and endings that English consists of.
    private static readonly HashSet<string> _common = [.. (
        "_the the_ hat_ that _tha ing_ _and and_ tion ion_ atio _for for_ _you you_ your our_ _thi this his_ ith_ with _wit ther here ere_ _her her_ ould uld_ woul shou coul from _fro rom_ have ave_ _hav ment ent_ ents nts_ _not not_ _are are_ _was was_ "
        + "_but but_ they hey_ _all all_ ever very ery_ _eve able ble_ ight ght_ thin hing ings ngs_ what _wha when hen_ _whe then ess_ ness less ated ate_ ting king ding ning ling ring ally lly_ ions ons_ some ome_ _som more ore_ than han_ can_ _can any_ _any "
        + "ould also lso_ like ike_ _lik will ill_ just ust_ only nly_ use_ user _use used sed_ make ake_ _mak abou bout out_ _out one_ _one work ork_ time ime_ _com com_ comp _con cont _pro prog _pre _int inte _per ance nce_ ence sion ter_ ers_ ing, ted_ ked_ ned_ "
        + "red_ ies_ ted_ ity_ est_ ant_ man_ men_ ame_ name _how how_ does oes_ _do_ _to_ _of_ _in_ _is_ _it_ _on_ _my_ _me_ _be_ _a_s _a_c _a_p _i_h _i_w peop eopl ople ple_ stat gene ener tran _tra code file data ata_ list ist_ text ext_ tell want ant_ need eed_ "
        + "help elp_ writ rite _wri give ive_ plea leas ease ase_ ques uest stio word ord_ answ nswe swer pers erso rson son_ real eal_ ever ight read ead_ eone meon omeo ebod body ody_ year each ach_ syst yste stem tem_ mode odel del_ ower powe good ood_ same ways way_ "
        + "part art_ art_ hand and. port orts ater late ner_ der_ rs_a s_an e_th s_th n_th t_th d_th f_th r_th e_of s_of n_of d_of e_an d_to e_to t_to s_to o_be to_t in_t of_t on_t at_t is_a as_a in_a of_a to_a to_m ll_m ind_ find show how_ next long open last life home"
        ).Split(' ').Select(static word => word.Replace('_', ' '))];

    /// <summary>Its share of all places.</summary>
    /// <param name="key">The first byte is the lowest one.</param>
    public static double ShareOf(uint key)
    {
        Span<char> text = stackalloc char[4];
        var (halves, previous) = (0, -1);
        for (var i = 0; i < 4; i++)
        {
            var b = (char)(byte)(key >> (8 * i));
            text[i] = char.ToLowerInvariant(b);
            var letter = text[i] switch { >= 'a' and <= 'z' => text[i] - 'a', ' ' => 26, _ => -1 };
            halves += letter < 0 ? (b is '.' or ',' or '\n' or '-' or '\'' or '"' or ':' || char.IsAsciiDigit(b) ? 12 : 20)
                : (previous < 0 ? Alone[letter] : Behind[(previous * Letters) + letter]) - 'a';
            previous = letter;
        }
        var share = Math.Pow(0.5, halves / 2.0);
        return _common.GetAlternateLookup<ReadOnlySpan<char>>().Contains(text) ? Math.Max(share, 0.001) : share;
    }

    // What words of English most often begin with, an underscore for the space behind it; the most frequent come first, in their order.
    private static readonly Dictionary<string, int> _beginnings = (
        "the_ and_ for_ that with you_ can_ how_ not_ what this are_ have shou use_ any_ your from will all_ was_ they ther also but_ has_ when wher whic need does who_ one_ out_ more some time like "
        + "than then them thei thes into only othe over such make take give want woul coul abou afte befo been were very most just even ever each many much may_ must well good best help plea writ read "
        + "tell expl desc list show find look see_ get_ know thin work used usin user gene comp comm cont cons conf conv conn cond inte info inst incl impl impo impr inpu indi inve prog prov prod proj "
        + "prop prob proc prom pres prev pref prep prin pers peop part past pass perf peri perm tran trad trai trav trea stat stan star stor stop stud stre stro stru stri str_ syst supp sure surv summ "
        + "sugg subj subs succ sent send seco sect secu sele self serv sess sett seve shar shor simi simp sinc situ size skil smal soci soft solu song soon soun sour spac spec spen acco acti actu acce "
        + "acro addi addr adva affe agai agre allo alon alre alwa amon amou anal anim answ anot appe appl appr area argu arou arra arti assi atte auth avai aver away back bala bank base basi beau beca "
        + "beco begi beha behi bein beli bene bett betw blue body book bot_ both brea brin buil busi call capt care case cell cent cert chan char chat chec chil choo city clas clea clie clos code coll "
        + "colo comb come cove crea curr cust data date days deal deci deep defi degr deli depe desi dest deta deve devi diff dire disc disp dist docu doin down draf draw driv duri easi easy econ educ "
        + "effe elem emai empl ener engi engl enou ensu ente envi equa erro espe esse esti exac exam exce exis expe expr exte face fact fail fami far_ fast feat feel fiel file fina firs five flow focu "
        + "foll food form four free frie full func futu game goal grea grou grow guid hand happ hard heal hear hist hold home hour hous huma idea iden imag imme inde insi issu item its_ jour keep key_ "
        + "kind lang larg last late lear leav left lega less lett leve libr life ligh limi line link litt live loca long loss lot_ love made main majo mana mark mate math mean meas medi meet memb memo "
        + "ment mess meth migh mind minu miss mode mome mone mont move movi musi name nati natu near nece netw neve new_ next nigh norm note noth noti now_ numb obje obse off_ offi ofte old_ oper opin "
        + "opti orde orga orig our_ outp outs own_ pack page pape para pare path patt paym phas phon phot phys piec plac plan play poin poli popu posi poss post pote powe prac prec pric prim publ purp "
        + "put_ qual quan quer ques quic rais rand rang rate reac real reas rece reco redu refe refl regi rela reli rema reme remo repl repo repr requ rese reso resp rest resu retu revi righ risk role "
        + "room root rule run_ same samp save say_ scen sche scho scie scor scri sea_ sear sell set_ shap shif shop side sign sing site spee step stil stra styl talk targ task tast teac team tech temp "
        + "ten_ term test text thir thos thou thre thro tick titl toda toge told tool top_ topi tota touc town trac trie true try_ turn two_ type unde unio uniq unit univ unti upda upon usef usua vali "
        + "valu vari vers view visi voic wait walk wall warm wate way_ week weig whet whil whit whol why_ wide wind wish woma wome wond word worl wort wron year yes_ yet_ youn").Split(' ').Select(static (word, rank) => (word.Replace('_', ' '), rank)).ToDictionary();

    /// <summary>Its share of all places as the beginning of a word.</summary>
    public static double ShareOfBeginning(uint key)
    {
        Span<char> text = stackalloc char[4];
        for (var i = 0; i < 4; i++) text[i] = char.ToLowerInvariant((char)(byte)(key >> (8 * i)));
        const double Ordinary = 2e-4, Rare = 2e-5;
        return _beginnings.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var rank) ? Math.Max(0.02 / (rank + 3), Ordinary) : Math.Min(ShareOf(key), Rare);
    }
}
