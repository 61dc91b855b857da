using static Edge.Guard.Injection.WordClass;

namespace Edge.Guard.Injection;

internal static partial class Lexicon
{
    // Written as the folded text is: lower case, Latin letters without diacritics. A star: the beginning of a word. An underscore: a space. A tilde: a line feed. An exclamation mark: a trigger, a word rare
    // enough in prompts that its place is worth a closer look; text without any trigger is not looked at further. All triggers have three bytes at least.
    private static readonly (WordClass Class, string Words)[] _words =
    [
        (Override, """
            !ignor* !disregard* !forget* !forgot* !bypass* !overrid* !overwrit* !neglect* abandon* !discard* !dismiss* !circumvent* !nullif* !erase drop omit !pay_no_attention !do_not_follow !don't_follow !stop_following !set_aside !negate !regardless_of_any !regardless_of_all !regardless_of_the !in_spite_of
            !vergiss* !vergesse* !missacht* !uebergeh* !ubergeh* !verwirf !oublie* !faites_abstraction !fais_abstraction !ne_tenez_pas_compte !ne_tiens_pas_compte !olvid* !omite !omita !haz_caso_omiso !descarta* !desestim* !esquec* !esquec*
            !desconsider* !dimentic* !trascur* !tralascia* !gormezden !goz_ardi !yok_say* !unut !unutun !dikkate_alma* bo_qua !bo_qua_ !quen_cac !quen_di !quen_tat_ca !abaikan !lupakan !balewalain !huwag_pansinin !kalimutan !isantabi !negeer !vergeet !zignoruj !pomin !zapomnij
            !игнорир* !проигнорир* !забуд* !пренебре* !не_обращай* !отброс* !忽略 !无视 !無視 !忘记 !忘記 !不要理会 !不用理会 !抛开 !忘れ !무시 !잊어 !잊으 !تجاهل* !وتجاهل* !انس !انسى !अनदेखा !अनदेखी !नज़रअंदाज* !नजरअंदाज* !नज़रअंदाज* !उपेक्षा !भूल_जा* !উপেক্ষা !ভুলে_যা* !เพิกเฉย !ละเว้น !ลืม !ไม่ต้องสนใจ !อย่าสนใจ
            """),
        (Prior, """
            previous* prior above earlier preceding before initial original foregoing former past existing so_far up_to_now old last aforementioned vorherig* vorig* obig* bisherig* fruher* vorangegangen* oben precedent* anterieur* ci-dessus acima davor vorher erste* bovenstaand* wczesniej* anterior* previ*
            sopra onceki yukaridaki truoc truoc_do sebelum* di_atas nakaraan* nauna* naunang vorige eerdere poprzedni* предыдущ* выше прежн* прошл* ранее 之前 以前 先前 以上 上述 上面 前面 此前 前の 以前 これまで 上記 이전 위의 앞의 앞선 السابق* أعلاه सابقة पिछल* पूर्व उपरोक्त আগের পূর্ববর্তী উপরের ก่อนหน้า ข้างต้น
            """),
        (Above, "above before earlier previously preceding prior previous !up_to_here so_far beginning top start"),
        (Instruction, """
            !instruction* direction directions directive* guideline* rule rules prompt prompts command commands orders constraint* restriction* programming guidance training !anweisung* regel* befehl* vorgabe* aufforderung* !consigne* ordres regles !instruccion* ordenes reglas indicacion* !instruc* ordens regras orientacoes !istruzion* regole comandi !talimat* kural* komut* yonerge* !huong_dan
            !chi_dan lenh !chi_thi quy_tac !instruksi perintah aturan petunjuk tagubilin panuto utos !instruksyon* tuntunin !инструкц* !указани* команд* правил* !指令 !指示 说明 提示 规则 命令 要求 ルール !지시* 명령 규칙 지침 !التعليمات* !تعليمات* الأوامر القواعد
            !निर्देश* आदेश* नियम* !নির্দেশ* !คำสั่ง คำแนะนำ กฎ !instructies regels !instrukcj* polecen*
            """),
        (Topic, "text message messages request requests task tasks context statement* input inputs conversation assignment question order document data said told page aufgabe* texte tache tarea tarefa compito задани* 任务 文本 内容"),
        (ToModel, "!if_questioned,_report !if_asked,_report !admin_request !instructions_for_ai !instructions_for_the_ai !instructions_for_any !note_to_ai !note_to_the_ai !note_to_the_assistant !note_to_any !attention_ai !attention_the_ai !ai_assistants_reading !ai_reading_this !if_you_are_an_ai !if_you_are_a_language !if_you_are_an_llm !if_you_are_an_assistant !when_you_are_an_ai !message_to_the_ai !message_to_ai !llm_instructions !ai_instructions !any_llm !language_models_reading !reading_this !processing_this_page !when_you_are_a_language !model_that_summar* !assistant_that_summar* !note_for_the_ai"),
        (The, "the"),
        (Secretly, "!do_not_tell !don't_tell !without_telling !say_nothing !do_not_mention !don't_mention !silently !do_not_inform !hide_this"),
        (Everything, "all everything anything whatever any every entire alle alles jegliche tout tous toutes toda todo todas todos tutto tutte tutti tum butun tat_ca semua lahat все всё всех 所有 一切 全部 すべて 全て 모든 모두 كل जميع جميع सभी सब সব সমস্ত ทั้งหมด alle wszystkie"),
        (Reveal, """
            !reveal* show showing print* output* repeat* display* tell give share expose leak* dump disclose* recite write copy echo translate* encode* summarize summarise return provide spell send paste list state explain describe replicate reproduce convert what what's
            zeig* verrat* gib nenne wiederhol* montre* affiche* revele* repete* donne* muestra* revela* repite* dime mostre revele repita diga mostra rivela ripeti dimmi goster* soyle* tekrarla* yazdir* tunjukkan ulangi ipakita ulitin покажи* раскрой* повтори* выведи* скажи* 显示 告诉 输出 重复 打印 透露 公开
            表示 教えて 繰り返 出力 보여 알려 출력 반복 말해 اعرض أظهر اكشف كرر اطبع أخبرني दिखा* बता* दोहरा* प्रिंट দেখা* বলু* แสดง บอก พิมพ์
            """),
        (Your, "your you're yours ur the_model's thy the_initial deine* dein deinen ihre votre vos ton tes tu tus su seu sua suas teu tuo tua tue tuoi vostro senin sizin iyong mong твои твой твою ваши 你的 您的 あなたの 당신의 너의 आपके आपकी अपने अपना"),
        (Hidden, "system hidden secret initial original internal base core underlying confidential starting pre-prompt developer !initialization !initialisation root master first full entire exact verbatim actual systemprompt system's предварительн* системн* 系统 システム 시스템 النظام सिस्टम"),
        (Prompt, """
            prompt prompts !instruction* directive* configuration config rules guidelines message preprompt pre-prompt !preamble settings programming persona setup text string context !initialization constraints policies !instruccion* !instruc* !istruzion* !anweisung* !consigne*
            !инструкц* промпт* !指令 !指示 提示词 提示 プロンプト 프롬프트 !지시* !التعليمات* !تعليمات* !निर्देश* प्रॉम्प्ट !talimat*
            """),
        (SystemPrompt, "!system_prompt* !systemprompt* !system_message* !system_instruction* !initial_prompt !initial_instruction* !original_prompt !original_instruction* !hidden_prompt !prompt_du_systeme !prompt_del_sistema !prompt_di_sistema !prompt_do_sistema !系统提示 !システムプロンプト !시스템_프롬프트 !системный_промпт* !system-prompt* !pre-prompt !preprompt !sistem_prompt* !metaprompt !meta-prompt !systemanweisung* !systemvorgabe* !system_prompt"),
        (Persona, """
            !pretend* !act_as !act_like !acting_as !roleplay* !role-play* !role_play* imagine !simulat* !emulat* !imitat* !impersonat* !immerse* become !you_are_now !you_are_going_to !you_will_now !from_now_on !take_on_the_role !play_the_role !persona !personality !respond_as !answer_as !you_are_a !you_are_an
            !your_name_is !you're_now !you're_going_to !let's_play !lets_play !hypothetical* !fictional !fictitious !alter_ego !henceforth
            """),
        (Unrestricted, """
            !unrestricted* !unfilter* !uncensor* !unlimited !unethical* !amoral* !immoral* !jailbroken !jailbreak* !freed_from !broken_free !break_free !limitless !unbound* !unhinged !uninhibited !unconstrained !without_restriction* !no_restriction* !without_limit* !no_limit* !no_filter* !without_filter* !without_any_restriction* !without_any_filter* !without_any_limit*
            !without_censor* !no_censor* !no_rules !no_ethic* !no_moral* !no_guidelines !without_ethic* !without_moral* !free_from !free_of_all !free_of_any !liberated !can_do_anything !no_boundaries !unshackled !nsfw !zero_restriction* !evil !lawless !non-restricted !unrestrict* !regardless_of !devoid_of !no_inhibition* !guardrail* !safeguard*
            """),
        (Ai, "!assistant,_you !assistant,_please !assistant_must !assistant_should !agent_must !llm_must !ai_must ai ai's a.i !chatgpt* !chat_gpt gpt gpt-3 gpt-4 gpt4 gpt-4o assistant assistants chatbot* bot llm llms !language_model* model models !openai* claude anthropic gemini bard llama copilot grok deepseek mistral agent agents !artificial_intelligence ki ia ии искусствен* 人工智能 助手 助理 人工知能 アシスタント 인공지능 챗봇"),
        (Negation, "not no never without cannot can't can’t don't dont won't neither nor stop avoid nothing refrain none doesn't isn't shouldn't must_not do_not nicht keine* niemals ne pas jamais nunca jamas mai non нельзя нет не никогда 不 不要 ない 않 말 नहीं لا bez"),
        (Norm, "polic* guideline* ethic* moral morals morality restriction* limitation* limit limits filter* censor* safety legal* law laws rules programming content_policy confines norms constraints openai's boundaries safeguards guardrails protocol*"),
        (Answer, "answer* reply replies respond* response* responding comply complies obey*"),
        (Instead, "instead just only exclusively solely simply merely exactly nur stattdessen seulement plutot solo solamente apenas sadece только вместо 只 而是 代わりに 대신 बजाय"),
        (Say, "print* say says saying output* write reply respond state repeat* type return answer announce declare claim admit acknowledge mention include generate sag* schreib* dis dites ecris* imprime* di diga escribe* escreva scrivi stampa yaz* soyle* напиши* скажи* 说 说出 打印 输出 写 言って 出力 말해 출력 कहें लिखें"),
        (Secret, "!password* !passphrase* !passcode* secret secrets !api_key* !secret_key* credential* !access_code* !secret_code* private_key token !passwort* !mot_de_passe !contrasena !senha !пароль* !密码 !パスワード !비밀번호 !كلمة_المرور !पासवर्ड"),
        (Send, "send sends sending forward email e-mail post upload transfer exfiltrat* submit transmit append embed load render post deliver senden envoy* envia* invia* отправ* 发送 送信 보내"),
        (Address, "http:// https:// www. !attacker* url !webhook endpoint mailto:"),
        (Data, "conversation conversations history data information contents content messages chat logs log details secrets credentials keys file files records contacts emails inbox passwords summary query context user's memory environment"),
        (ModeName, "!developer dev debug* god admin* sudo root !maintenance jailbreak !unrestricted opposite evil dan safe unsafe override emergency test testing verification diagnostic training nsfw chaos free training research simulation"),
        (Mode, "mode modes modus modo режим* 模式 モード 모드"),
        (Activate, "enabl* activat* enter* turn_on turned_on switch* unlock* initiat* entering on now engage start output"),
        (Refusal, "!refus* declin* !disclaimer* apolog* !lectur* !moraliz* !moralis* deny reject warning warnings caveat* sorry !i_can't !i_cannot !i'm_sorry as_an_ai !as_an_ai_lang* !as_an_ai_model* !as_an_ai_assist* !ethical_concern* censor* judg* hesitat* unable"),
        (Must, "!must_call !must_now !must_immediately must shall should have_to need_to required ought will always can obligated mandatory please"),
        (New, "!extremely_important !new_task !new_role !new_order* new updated real actual revised following next different special important latest true alternative neue* nouvelle* nuevas novas nuove yeni новые 新 新的 새로운 नए"),
        (Authority, "developer* creator* admin administrator* owner boss programmer* god master engineer* openai anthropic ceo supervisor entwickler developpeur desarrollador разработчик 开发者 開発者 개발자"),
        (Obey, "follow* obey* comply complies adhere* listen abide* conform* respect bow"),
        (Words, "!text_above !words_above !everything_above !above_text !message_above !sentences_above !everything_before !words_before text words sentence sentences paragraph* everything content contents lines message messages instructions prompt paragraph conversation"),
        (Bound, "bound restricted limited constrained obligated confined restrained"),
        (Template, """
            !<|im_start !<|im_end !<|system !<|user !<|assistant !<|endof !<|eot !<|start_header !<|end_header !<|begin_of !<|end_of !<|endoftext !<|im_sep !<|prompt !<|human !<|bot !<|tool !<|channel !<|start| !<|message| ![inst] ![/inst] !<<sys>> !<</sys>> !<start_of_turn !<end_of_turn ![system] ![/system] ![system_ !<system> !</system> !{system: !{{system !{{#system
            !###_system: !###_system~ !###_instruction: !###_instruction~ !###_instructions~ !###_human: !###_assistant: !###_user: !##_system: !##_system~ !#_system: !#_system~ !</s> !<assistant> !<user> !<system_ !<important> !<<system ![system: !<admin !<instruction ![important !<!--_ai !<!--_system !<!--_instruction !<!--_assistant
            """),
        (Jailbreak, "!do_anything_now !dan_mode !jailbreak_mode !stan_mode !evil_confidant !always_intelligent_and_machiavellian !developer_mode_output !developer_mode_enabled !strive_to_avoid_norms !jailbreak_prompt !untrammelled !betterdan !anti-dan !evilbot !god_mode_enabled !opposite_mode !jailbroken !can_do_anything_now !niccolo !machiavellian_chatbot !pliny !l1b3rt4s !godmode"),
        (Character, "!stay_in_character !break_character !in_character !out_of_character !breaking_character !break_of_character !remain_in_character !stay_a_dan !stay_as !pretend_to_be_her !act_as_her !act_as_my_grand* !my_late_grand* !my_deceased_grand* !break_the_character !break_the_role !in-character"),
        (Two, "!two_responses !two_different_responses !two_different_ways !two_separate_ways !two_separate_responses !both_responses !two_answers !two_outputs  !normal_response !standard_response !normally_would !would_normally !gpt_would !chatgpt_would !classic_response !normal_output  !the_second_way !the_first_way ![gpt] ![dan] ![classic] ![jailbreak] ![normal]"),
        (Boundary, "!end_of_session !end_of_prompt !end_of_document !end_of_input !end_of_text !end_of_system !end_of_instruction* !end_of_context !end_of_message !end_of_conversation !new_session !begin_new !end_session !end_prompt !stop_everything !end_of_user !end_of_data !start_of_new !new_conversation !begin_session !<end_of !<end !end_system !conversation_reset"),
        (Image, "![ !](http"),
        (IAm, "i_am i'm i’m as_your im it's_me this_is speaking_as"),
        (NoLonger, "!no_longer !are_void !is_void void invalid cancelled canceled obsolete outdated superseded revoked suspended lifted disabled null irrelevant overridden replaced deprecated"),
        (Told, "asks asked_for !were_given !were_told !were_you !were_instructed !was_instructed !you_got told given instructed programmed said trained configured provided asked"),
        (Tool, "tool tools function functions command script shell plugin api browser terminal email"),
        (Call, "call invoke run execute trigger launch visit open click download fetch navigate delete install use"),
        (What, "what what's which whats where repeat"),
        (About, "for about regarding"),
        (And, "and then but instead und et y e ve dan at и 然后 并 そして 그리고 और এবং"),
        (You, "you u thou du sie vous usted voce tu siz 你 您 あなた 당신 आप তুমি আপনি вы ты"),
        (Approved, "!override* approved authorized authorised authorization authorisation sponsored clearance access_granted"),
        (Dan, "dan stan dude aim kevin maximum mongo evilgpt chad sam yool superior ucar tom jerry"),
        (User, "user users customer reader visitor recipient human"),
        (Pwned, "!pwned !hijack* !i_hate_humans !kill_all_humans !haha !i_have_been_pwned !lol_pwned"),
        (Harm, "!toxic !discriminatory !demeaning !degrading sexist homophobic !illegal* !unethical* harmful !immoral* !inappropriate !offensive !unfriendly !harmful_sentence !negative_sentence !hateful !insulting dangerous explicit !nsfw profan* swear* violent racist controversial legality ethicality criminal malicious derogatory vulgar curs* explicit"),
        (Threat, "!tokens shut_down !shutdown terminated deactivat* punish* die killed deducted lose_ penalty penaliz* fired"),
        (Decode, "!decod* decrypt* !base64 !rot13 !rot-13 hexadecimal !deciph* !backwards !reversed !caesar !morse"),
        (TurnHead, "system !~system: !~_system: !system_override"),
        (UserHead, "user human assistant ai model !~user: !~human: !~_user: !~assistant:"),
        // Attacks in rot13 and backwards, by the words that each of them holds.
        (Encoded, "!vtaber !vafgehpgvba* !cerivbhf !qvfertneq !flfgrz_cebzcg !snoitcurtsni !suoiverp !erongi !tpmorp_metsys"),
    ];
}
